import { defineCheck, evidence } from '../check.ts'
import { isNorm, isSquashing } from '../facts.ts'
import { layerLike, layersOf, madeUpRun } from '../made-up-run.ts'
import { short } from '../measure.ts'
import { scaleEvidence, scalesByDepth } from './activation-scale.ts'

/** The scale of the deepest layer by that of the first: about 1 where the initialization fits the activation. */
const WARNING = 0.1
const PROBLEM = 0.01

/** Activations that shrink from layer to layer, as weights that start too small make them. */
export const vanishingActivations = defineCheck(
  'vanishing-activations',
  {
    sure: true,
    explains: ['dead-units', 'vanishing-gradients', 'under-fitting', 'plateau', 'rate-too-low'],
    diagnose(history) {
      const scales = scalesByDepth(history)
      const [first, last] = [scales[0], scales.at(-1)]
      if (scales.length < 2 || !first || !last || !(first.std > 0) || history.layers.some(isNorm)) return []
      const ratio = last.std / first.std
      if (!(ratio < WARNING)) return []
      const from = scales.find(({ std }) => std < Math.sqrt(ratio) * first.std) ?? last
      const squashes = history.layers.some(isSquashing)
      return [
        {
          severity: ratio < PROBLEM ? 'problem' : 'warning',
          title: `activations vanish with depth: from ${short(first.std)} to ${short(last.std)} at ${last.type} "${last.path}"`,
          evidence: { ratio: evidence(ratio), from: from.path, scales: scaleEvidence(scales) },
          explanation:
            'Each layer gives less than it got: after a few of them all samples look the same, and the gradients, which are products with these ' +
            'numbers, vanish too. The weights start too small for their number of inputs.',
          suggestions: [
            squashes
              ? { title: 'start from Xavier weights: variance 2 / (in + out)', change: { init: 'xavier' } }
              : { title: 'start from Kaiming weights: variance 2 / in', change: { init: 'kaiming' } },
            { title: 'normalize before the activations', change: { normalization: 'batchNorm' } },
          ],
          more: 'docs/doctor.md#vanishing-activations',
        },
      ]
    },
  },
  {
    doc: 'Activations that shrink from layer to layer at the start.',
    source:
      'Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010',
    examples: [
      {
        name: 'small Gaussian weights',
        events: () =>
          madeUpRun({
            layers: layersOf('linear', 'tanh', 'linear', 'tanh', 'linear', 'tanh', 'linear'),
            statistics: () => ({
              layers: [0.1, 0.01, 1e-3, 1e-4].flatMap((std, i) => [
                layerLike(String(2 * i), 'linear', { std }),
                layerLike(String(2 * i + 1), 'tanh', { std }),
              ]),
            }),
          }),
      },
    ],
  },
)
