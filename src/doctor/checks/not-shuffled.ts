import { defineCheck, evidence } from '../check.ts'
import { madeUpRun } from '../made-up-run.ts'
import { percent } from '../measure.ts'

/** How far from a random mixture to all of one class a batch may be: chance stays far below. */
const SORTED = 0.25

/** Batches that do not stand for the data, since the samples come as they lie. */
export const notShuffled = defineCheck(
  'not-shuffled',
  {
    sure: true,
    explains: [
      'noisy-gradients',
      'plateau',
      'validation-better',
      'under-fitting',
      'divergence',
      'rate-too-high',
    ],
    diagnose({ facts, recipe }) {
      if (recipe?.shuffle === undefined) return []
      const { inBatch = 0, inAll = 0 } = facts?.sameClass ?? {}
      const sorted = inAll < 1 && inBatch - inAll > SORTED * (1 - inAll)
      if (!sorted && recipe.shuffle) return []
      return [
        {
          severity: sorted ? 'problem' : 'warning',
          title: sorted
            ? `batches come sorted: two of a batch are of one class in ${percent(inBatch, 0)}, not ${percent(inAll, 0)}`
            : 'the training samples come in the same order in every epoch',
          evidence: {
            shuffle: recipe.shuffle,
            sameClassInBatch: evidence(inBatch),
            sameClassInAll: evidence(inAll),
          },
          explanation:
            'The gradient of a batch should be that of the whole set, with some noise. Batches of a few classes pull the model to and fro, ' +
            'and it forgets what it saw before; batches that are always the same repeat their errors.',
          suggestions: [{ title: 'shuffle the training samples', change: { shuffle: true } }],
          more: 'docs/doctor.md#not-shuffled',
        },
      ]
    },
  },
  {
    doc: 'Training samples that are not shuffled, sorted by class at worst.',
    examples: [
      {
        name: 'sorted by class',
        events: () =>
          madeUpRun({ recipe: { shuffle: false }, facts: { sameClass: { inBatch: 0.95, inAll: 0.1 } } }),
      },
      { name: 'always the same order', events: () => madeUpRun({ recipe: { shuffle: false } }) },
    ],
  },
)
