import type { WeightFacts } from '../../train/index.ts'
import { defineCheck } from '../check.ts'
import { madeUpRun } from '../made-up-run.ts'

/** Units that start alike and are treated alike: they stay copies of each other. */
export const symmetricUnits = defineCheck(
  'symmetric-units',
  {
    sure: true,
    explains: [
      'dead-units',
      'vanishing-gradients',
      'vanishing-activations',
      'exploding-activations',
      'under-fitting',
      'plateau',
      'rate-too-low',
      'rate-too-high',
      'rate-about-right',
      'saturation',
    ],
    diagnose({ weights }) {
      const alike = copies(weights)
      const [first] = alike
      if (!first) return []
      const value = first.std === 0 ? 'a constant' : 'equal rows'
      return [
        {
          severity: 'problem',
          title: `all units of "${first.name}" start alike (${value}), and so do those behind it`,
          evidence: { weights: alike.map(({ name }) => name) },
          explanation:
            'Units with equal weights, of which the next layer makes the same use, get equal gradients and stay copies of each other for ever: ' +
            'the layer computes a single feature. Weights must start at random.',
          suggestions: [
            {
              title: 'start from random weights (Kaiming for ReLU, Xavier for tanh)',
              change: { init: 'kaiming' },
            },
          ],
          more: 'docs/doctor.md#symmetric-units',
        },
      ]
    },
  },
  {
    doc: 'Hidden units that start with the same weights and stay copies of each other.',
    examples: [
      {
        name: 'all zeros',
        events: () => madeUpRun({ weights: ['0', '3', '5'].map((path) => constant(`${path}.weight`, 0)) }),
      },
      {
        name: 'two constant layers',
        events: () => madeUpRun({ weights: [constant('0.weight', 0), constant('3.weight', 0)] }),
      },
    ],
  },
)

const constant = (name: string, std: number): WeightFacts => ({
  name,
  shape: [32, 32],
  std,
  sameUnits: true,
  sameInputs: true,
})

/**
 * Weights whose units are alike and whose outputs the next weight treats alike. One such layer alone is no harm: its
 * units learn differently since those behind them differ, as in a residual branch that starts from 0.
 */
const copies = (weights: readonly WeightFacts[]): WeightFacts[] =>
  weights.filter((weight, i) => weight.sameUnits && weights[i + 1]?.sameInputs)
