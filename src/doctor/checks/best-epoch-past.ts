import { defineCheck, evidence } from '../check.ts'
import { madeUpRun } from '../made-up-run.ts'
import { short } from '../measure.ts'

/** Epochs since the lowest validation loss, as a number and as a share of the run. */
const EPOCHS = 4
const SHARE = 0.4

/** By how much it must have risen: noise and rounding do not count. */
const RISEN = 1.15

/** A run that went on long after its best epoch. */
export const bestEpochPast = defineCheck(
  'best-epoch-past',
  {
    diagnose({ wholeEpochs, recipe }) {
      const losses = wholeEpochs.map(({ validation }) => validation?.loss ?? Number.NaN)
      if (losses.length <= EPOCHS || losses.some(Number.isNaN)) return []
      const lowest = Math.min(...losses)
      const best = losses.indexOf(lowest) + 1
      const since = losses.length - best
      const recent = losses.slice(-3).reduce((a, b) => Math.min(a, b))
      if (since < EPOCHS || since < SHARE * losses.length || recent < RISEN * lowest) return []
      const epochs = Math.max(best + 1, Math.round(1.2 * best))
      return [
        {
          severity: 'warning',
          title: `the lowest validation loss was ${since} epochs ago: ${short(lowest)} in epoch ${best}, ${short(recent)} now`,
          evidence: {
            bestEpoch: best,
            epochs: losses.length,
            lowest: evidence(lowest),
            now: evidence(recent),
          },
          explanation:
            'From there on the model learned its training samples instead of the task. The weights of the best epoch are kept, but the rest of the ' +
            'time was lost.',
          suggestions: [
            ...(recipe?.hooks.includes('earlyStopping')
              ? []
              : [{ title: 'stop when validation has not improved for 3 epochs', change: { patience: 3 } }]),
            {
              title: `train for ${epochs} epochs, with a rate that falls to 0 by then`,
              change: { epochs, schedule: 'cosine' },
            },
            { title: 'let the weights decay', change: { weightDecay: 1e-3 } },
          ],
          more: 'docs/doctor.md#best-epoch-past',
        },
      ]
    },
  },
  {
    doc: 'A run that went on long after its lowest validation loss.',
    source: 'Prechelt, Early stopping, but when?, 1998',
    examples: [
      {
        name: 'a third of the way',
        events: () => madeUpRun({ validation: (t) => ({ loss: 0.4 + (t - 0.3) ** 2, accuracy: 0.93 }) }),
      },
    ],
  },
)
