import { defineCheck, evidence } from '../check.ts'
import { lossOption } from '../facts.ts'
import { madeUpRun } from '../made-up-run.ts'
import { largest, smallest } from '../measure.ts'

/** From a ratio of 4 on the rare class is easily given up; from 10 on it is, as a rule. */
const WARNING = 4
const PROBLEM = 10

/** Classes of very different sizes, and nothing done about it. */
export const imbalance = defineCheck(
  'imbalance',
  {
    sure: true,
    diagnose(history) {
      const { facts, recipe } = history
      const counts = facts?.classCounts
      if (!counts || counts.length < 2 || recipe?.task !== 'classification') return []
      const present = counts.filter((count) => count > 0)
      const ratio = largest(present) / smallest(present)
      const isResampled = recipe.sampling !== null
      const isWeighted = lossOption(history, 'classWeights') !== undefined || recipe.loss.name === 'focal'
      if (!(ratio >= WARNING) || isResampled || isWeighted) return []
      const [most, least] = [counts.indexOf(largest(present)), counts.indexOf(smallest(present))]
      return [
        {
          severity: ratio >= PROBLEM ? 'problem' : 'warning',
          title: `class ${most} has ${Math.round(ratio)} times as many samples as class ${least}, and nothing balances them`,
          evidence: { counts: counts.slice(0, 100), ratio: evidence(ratio) },
          explanation:
            'The loss is a mean over samples: rare classes hardly count in it, and a model that never answers with them still looks good. ' +
            'Look at recall by class instead of accuracy.',
          suggestions: [
            { title: 'weigh the classes by how rare they are', change: { classWeights: weightsFor(counts) } },
            { title: 'balance the batches: draw every class as often', change: { balance: 'oversample' } },
            { title: 'take focal loss, which minds hard samples more', change: { loss: 'focal' } },
          ],
          more: 'docs/doctor.md#imbalance',
        },
      ]
    },
  },
  {
    doc: 'Classes of very different sizes without weights, sampling or a loss that evens them out.',
    examples: [
      {
        name: 'one to twenty',
        events: () =>
          madeUpRun({ facts: { classCounts: [500, 25, 480, 400, 510, 490, 500, 505, 498, 501] } }),
      },
      {
        name: 'two classes',
        events: () => madeUpRun({ data: { classes: 2 }, facts: { classCounts: [600, 100] } }),
      },
    ],
  },
)

/** Weights with mean 1 over the samples: square roots of how rare the classes are, which does not overdo it. */
function weightsFor(counts: readonly number[]): number[] {
  const raw = counts.map((count) => (count > 0 ? 1 / Math.sqrt(count) : 0))
  const total = counts.reduce((sum, count) => sum + count, 0)
  const weighted = counts.reduce((sum, count, i) => sum + count * raw[i]!, 0)
  return raw.map((weight) => Number(((weight * total) / weighted).toPrecision(4)))
}
