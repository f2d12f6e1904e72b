import { defineCheck } from '../check.ts'
import { madeUpRun } from '../made-up-run.ts'

/** Features of a table that say nothing, since they have one value in all samples. */
export const constantFeatures = defineCheck(
  'constant-features',
  {
    sure: true,
    diagnose({ facts }) {
      const features = facts?.inputs?.features
      if (!features || !(features.constants > 0)) return []
      const { count, constant, constants } = features
      const which = constant.slice(0, 5).join(', ') + (constants > 5 ? ', ...' : '')
      const what =
        constants === 1 ? `feature ${which} has` : `${constants} of ${count} features (${which}) have`
      return [
        {
          severity: constants === count ? 'problem' : 'warning',
          title: `${what} one value in all samples`,
          evidence: { constants, features: count, which: constant },
          explanation:
            'A feature that never changes tells nothing, and cannot be standardized; where new data do change in it, the model has weights ' +
            'for it that nothing has trained. Often it is a column that was read wrongly.',
          suggestions: [{ title: 'leave these features out', change: { dropFeatures: constant } }],
          more: 'docs/doctor.md#constant-features',
        },
      ]
    },
  },
  {
    doc: 'Features of a table that have the same value in every sample.',
    examples: [
      {
        name: 'two of eight',
        events: () =>
          madeUpRun({
            facts: {
              inputs: {
                samples: 640,
                mean: 0,
                std: 1,
                min: -3,
                max: 3,
                features: { count: 8, constant: [2, 5], constants: 2, smallestStd: 1, largestStd: 1 },
              },
            },
          }),
      },
    ],
  },
)
