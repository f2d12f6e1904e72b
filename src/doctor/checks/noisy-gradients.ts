import { defineCheck, evidence } from '../check.ts'
import { madeUpRun } from '../made-up-run.ts'
import { median, short } from '../measure.ts'

/** Samples in a step: of fewer than this the gradient is an anecdote, whatever the task. */
const FEW = 2
const SMALL = 4

/** How many times as large as the batch the noise scale may be early in a run; healthy small runs had up to 9. */
const NOISE = 30
const NOISE_OF_SMALL = 8

/** Gradients of successive steps that are mostly noise have next to nothing in common. */
const COSINE = 0.05

/** Batches too small to show which way is down. */
export const noisyGradients = defineCheck(
  'noisy-gradients',
  {
    diagnose({ samples, recipe }) {
      const batchSize = recipe?.batchSize
      if (batchSize === undefined || !(batchSize > 0)) return []
      const early = samples.slice(0, Math.ceil(samples.length / 3))
      const noise = median(early.flatMap(({ gradient }) => gradient.noise ?? []))
      const cosine = median(samples.flatMap(({ gradient }) => gradient.cosine ?? []))
      const times = noise / batchSize
      const differ = !(cosine >= COSINE)
      const isNoisy =
        batchSize <= FEW || (times > NOISE && differ) || (batchSize <= SMALL && times > NOISE_OF_SMALL)
      if (!isNoisy) return []
      const larger = Math.max(32, Math.min(1024, 8 * batchSize))
      return [
        {
          severity: 'warning',
          title:
            batchSize <= SMALL
              ? `the gradient of ${batchSize === 1 ? 'a single sample' : `${batchSize} samples`} is mostly noise`
              : `gradients are mostly noise: ${short(noise)} samples would be as much signal, a batch has ${batchSize}`,
          explains:
            batchSize <= SMALL
              ? ['rate-too-high', 'over-fitting', 'dead-units', 'plateau', 'best-epoch-past', 'under-fitting']
              : [],
          evidence: { batchSize, noiseScale: evidence(noise), cosine: evidence(cosine) },
          explanation:
            'The gradient of a batch is that of the whole set plus noise, which falls with the number of samples. Where noise is most of it, steps ' +
            'wander about, and only a small rate averages them.',
          suggestions: [
            { title: `take batches of ${larger}`, change: { batchSize: larger } },
            { title: 'take a fifth of the learning rate', change: { rateFactor: 0.2 } },
            { title: 'let the rate fall to 0 (cosine)', change: { schedule: 'cosine' } },
          ],
          more: 'docs/doctor.md#noisy-gradients',
        },
      ]
    },
  },
  {
    doc: 'Batches so small that their gradients are mostly noise.',
    source: 'McCandlish et al., An Empirical Model of Large-Batch Training, 2018',
    examples: [
      { name: 'single samples', events: () => madeUpRun({ recipe: { batchSize: 1 } }) },
      {
        name: 'measured',
        events: () => madeUpRun({ statistics: () => ({ gradient: { norm: 1, cosine: 0.01, noise: 5000 } }) }),
      },
    ],
  },
)
