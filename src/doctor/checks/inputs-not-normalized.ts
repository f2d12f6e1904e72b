import { type Diagnosis, defineCheck, evidence } from '../check.ts'
import type { RunHistory } from '../history.ts'
import { madeUpRun } from '../made-up-run.ts'
import { short } from '../measure.ts'

/** Standard deviations between which a network trains as if it were 1: those of pixels in [0, 1] are about 0.25. */
const NARROW = 0.1
const WIDE = 4
const FAR_TOO_WIDE = 15

/** Means, in standard deviations, from which on all first weights are pulled alike; pixels in [0, 1] have up to 2. */
const SHIFTED = 2.5

/** How many times as wide as the narrowest feature the widest may be. */
const UNEQUAL = 10
const FAR_TOO_UNEQUAL = 100

/** Inputs that are not centered, not of unit size, or whose features are of unequal scale. */
export const inputsNotNormalized = defineCheck(
  'inputs-not-normalized',
  {
    sure: true,
    explains: [
      'exploding-activations',
      'exploding-gradients',
      'divergence',
      'dead-units',
      'saturation',
      'rate-too-high',
      'under-fitting',
      'over-fitting',
      'best-epoch-past',
      'non-finite',
      'noisy-gradients',
      'plateau',
      'rate-too-low',
      'rate-about-right',
    ],
    diagnose(history) {
      // Numbers of words are not amounts: an embedding looks them up.
      if (history.layers[0]?.type === 'embedding') return []
      return [...wholeInputs(history), ...unequalFeatures(history)].slice(0, 1)
    },
  },
  {
    doc: 'Inputs that are not centered and of unit size, or features of unequal scale.',
    source: 'LeCun et al., Efficient BackProp, 1998',
    examples: [
      {
        name: 'pixels to 255',
        events: () => madeUpRun({ facts: { inputs: { samples: 640, mean: 33, std: 78, min: 0, max: 255 } } }),
      },
      {
        name: 'far from 0',
        events: () => madeUpRun({ facts: { inputs: { samples: 640, mean: 12, std: 2, min: 8, max: 20 } } }),
      },
      {
        name: 'kilometers beside millimeters',
        events: () =>
          madeUpRun({
            facts: {
              inputs: {
                samples: 640,
                mean: 0.1,
                std: 2,
                min: -5,
                max: 9,
                features: { count: 8, constant: [], constants: 0, smallestStd: 0.003, largestStd: 4 },
              },
            },
          }),
      },
    ],
  },
)

const suggestions = [
  {
    title: 'standardize each feature or channel: mean 0, standard deviation 1',
    change: { preprocess: 'standardize' },
  },
]

function wholeInputs({ facts }: RunHistory): Diagnosis[] {
  if (!facts?.inputs) return []
  const { mean, std, min, max } = facts.inputs
  if (!(std > 0) || !Number.isFinite(mean)) return []
  const shift = Math.abs(mean) / std
  if (std >= NARROW && std <= WIDE && shift <= SHIFTED) return []
  return [
    {
      severity: std > FAR_TOO_WIDE || shift > 2 * SHIFTED ? 'problem' : 'warning',
      title: `the inputs are not normalized: mean ${short(mean)}, standard deviation ${short(std)}`,
      evidence: { mean: evidence(mean), std: evidence(std), min: evidence(min), max: evidence(max) },
      explanation:
        'Where inputs are far from 0 or large, the loss is a narrow ravine: rates that suit the weights are too large for the biases, or the ' +
        'other way round. With mean 0 and standard deviation 1 one rate suits all, and initializations hold what they promise.',
      suggestions,
      more: 'docs/doctor.md#inputs-not-normalized',
    },
  ]
}

function unequalFeatures({ facts }: RunHistory): Diagnosis[] {
  const { smallestStd = 0, largestStd = 0 } = facts?.inputs?.features ?? {}
  const ratio = largestStd / smallestStd
  if (!(ratio >= UNEQUAL) || !Number.isFinite(ratio)) return []
  return [
    {
      severity: ratio >= FAR_TOO_UNEQUAL ? 'problem' : 'warning',
      title: `the features are of unequal scale: standard deviations from ${short(smallestStd)} to ${short(largestStd)}`,
      evidence: {
        smallestStd: evidence(smallestStd),
        largestStd: evidence(largestStd),
        ratio: evidence(ratio),
      },
      explanation:
        'A feature that is a hundred times as wide as another has gradients a hundred times as large: the rate must be small enough for it, ' +
        'and then the others are hardly learned.',
      suggestions,
      more: 'docs/doctor.md#inputs-not-normalized',
    },
  ]
}
