import { defineCheck, evidence } from '../check.ts'
import { madeUpRun } from '../made-up-run.ts'
import { percent } from '../measure.ts'

/** A few equal samples happen in any collection; from one in a hundred on the scores are flattered. */
const PROBLEM = 0.01
const WARNING = 0.002

/** Samples of the validation or test split that the model was trained on. */
export const leak = defineCheck(
  'leak',
  {
    sure: true,
    explains: ['validation-better'],
    diagnose({ start, facts }) {
      const [duplicates, samples] = [facts?.duplicates, start?.data]
      if (!duplicates || !samples) return []
      return (['validation', 'test'] as const).flatMap((split) => {
        const [count, all] = [duplicates[split], samples[split]]
        const share = count / all
        if (!(share >= WARNING)) return []
        return [
          {
            severity: share >= PROBLEM ? 'problem' : 'warning',
            title: `${percent(share)} of the ${split} samples are also among the training samples`,
            evidence: { split, duplicates: count, samples: all, share: evidence(share) },
            explanation:
              'A model can know by heart what it was trained on: such samples do not tell how it does on new ones, and the score is too good.',
            suggestions: [
              { title: `remove from the training samples those that are in the ${split} split` },
              {
                title:
                  'remove duplicates before splitting; keep samples of one source (patient, video) on one side',
              },
            ],
            more: 'docs/doctor.md#leak',
          } as const,
        ]
      })
    },
  },
  {
    doc: 'Validation or test samples that are also among the training samples.',
    examples: [
      {
        name: 'a tenth of the test',
        events: () => madeUpRun({ facts: { duplicates: { validation: 0, test: 100 } } }),
      },
      { name: 'a few', events: () => madeUpRun({ facts: { duplicates: { validation: 2, test: 0 } } }) },
    ],
  },
)
