import { defineCheck, evidence } from '../check.ts'
import { isSquashing } from '../facts.ts'
import type { RunHistory } from '../history.ts'
import { layerLike, layersOf, madeUpRun } from '../made-up-run.ts'
import { chance, short } from '../measure.ts'
import { type Scale, scaleEvidence, scalesByDepth } from './activation-scale.ts'

/** Outputs of a layer with weights have a scale of about 1 at the start; healthy nets had up to 3. */
const WARNING = 5
const PROBLEM = 20

/** How many times the loss of knowing nothing the first loss may be: sure of wrong answers before having learned any. */
const FIRST_LOSS = 4

/** Activations that grow from layer to layer, as weights that start too large make them. */
export const explodingActivations = defineCheck(
  'exploding-activations',
  {
    sure: true,
    explains: [
      'saturation',
      'exploding-gradients',
      'dead-units',
      'divergence',
      'non-finite',
      'rate-too-high',
      'vanishing-gradients',
      'over-fitting',
      'under-fitting',
      'best-epoch-past',
      'noisy-gradients',
      'rate-too-low',
    ],
    diagnose(history) {
      const scales = scalesByDepth(history)
      const worst = scales.reduce<Scale | undefined>((a, b) => (a && a.std >= b.std ? a : b), undefined)
      const first = history.losses[0]
      const guess = chance(history)?.loss
      const isSure = first !== undefined && guess !== undefined && first > FIRST_LOSS * guess
      const isLarge = worst !== undefined && worst.std > WARNING
      if (!isLarge && !isSure) return []
      const isProblem = (worst && worst.std > PROBLEM) || (isSure && first > 5 * FIRST_LOSS * guess)
      return [
        {
          severity: isProblem ? 'problem' : 'warning',
          title: isLarge
            ? `activations explode with depth: a standard deviation of ${short(worst.std)} at ${worst.type} "${worst.path}"`
            : `the first loss is ${short(first!)}; that of knowing nothing is ${short(guess!)}`,
          evidence: { firstLoss: evidence(first), chance: evidence(guess), scales: scaleEvidence(scales) },
          explanation:
            'The weights start too large for their number of inputs: each layer gives more than it got, sigmoid and tanh are driven to their flat ' +
            'ends, and the model is sure of wrong answers that it must unlearn first.',
          suggestions: suggestions(history),
          more: 'docs/doctor.md#exploding-activations',
        },
      ]
    },
  },
  {
    doc: 'Activations that grow from layer to layer at the start, or a first loss far above that of guessing.',
    source: 'He et al., Delving Deep into Rectifiers, 2015',
    examples: [
      {
        name: 'weights of deviation 1',
        events: () =>
          madeUpRun({
            layers: layersOf('linear', 'relu', 'linear', 'relu', 'linear'),
            statistics: () => ({
              layers: [8, 60, 400].flatMap((std, i) => [
                layerLike(String(2 * i), 'linear', { std }),
                ...(i < 2 ? [layerLike(String(2 * i + 1), 'relu', { std })] : []),
              ]),
            }),
          }),
      },
      { name: 'a huge first loss', events: () => madeUpRun({ loss: (t) => 2.3 + 80 * Math.exp(-40 * t) }) },
    ],
  },
)

const suggestions = (history: RunHistory) => [
  history.layers.some(isSquashing)
    ? { title: 'start from Xavier weights: variance 2 / (in + out)', change: { init: 'xavier' } }
    : { title: 'start from Kaiming weights: variance 2 / in', change: { init: 'kaiming' } },
  { title: 'normalize before the activations', change: { normalization: 'batchNorm' } },
  { title: 'clip the gradient to a norm of 1', change: { clip: 1 } },
]
