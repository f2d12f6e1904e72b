import { type Diagnosis, defineCheck, evidence } from '../check.ts'
import { isDropout } from '../facts.ts'
import type { RunHistory } from '../history.ts'
import { layersOf, madeUpRun } from '../made-up-run.ts'
import { percent } from '../measure.ts'

/** Points by which validation must be better, and how many of its standard errors. */
const POINTS = 0.03
const ERRORS = 3

/** Validation that is better than training, and why that is. */
export const validationBetter = defineCheck(
  'validation-better',
  {
    diagnose(history) {
      const last = history.wholeEpochs.at(-1)
      const [train, validation] = [last?.train.accuracy, last?.validation?.accuracy]
      const samples = history.start?.data?.validation
      if (train === undefined || validation === undefined || !samples) return []
      const points = validation - train
      const error = Math.sqrt((validation * (1 - validation)) / samples)
      if (!(points > POINTS && points > ERRORS * error)) return []
      const reasons = reasonsFor(history)
      const numbers = { train: evidence(train), validation: evidence(validation), reasons }
      if (reasons.length > 0) return history.isOver ? [explained(points, numbers)] : []
      return [
        {
          severity: 'warning',
          title: `validation is better than training: ${percent(validation)} to ${percent(train)}, without a reason in the recipe`,
          evidence: numbers,
          explanation:
            'Where nothing makes training harder (dropout, augmentation), a model does not do better on samples that it has not seen: the split may ' +
            'be easier, or not drawn at random, or its samples may be among those trained on.',
          suggestions: [
            { title: 'draw the validation samples at random, by class (validation: 0.1)' },
            { title: 'look for duplicates between the splits: gradus data' },
          ],
          more: 'docs/doctor.md#validation-better',
        },
      ]
    },
  },
  {
    doc: 'Validation scores above those of training, and what explains them.',
    examples: [
      {
        name: 'for no reason',
        events: () =>
          madeUpRun({
            accuracy: (t) => Math.min(0.8, 0.3 + t),
            validation: () => ({ loss: 0.2, accuracy: 0.96 }),
            layers: layersOf('linear', 'relu', 'linear'),
          }),
      },
    ],
  },
)

const explained = (points: number, numbers: Diagnosis['evidence']): Diagnosis => ({
  severity: 'fine',
  title: `validation is ${(100 * points).toFixed(1)} points better than training, which is made harder`,
  evidence: numbers,
})

/** What makes training harder than evaluation. */
function reasonsFor({ layers, recipe, wholeEpochs }: RunHistory): string[] {
  const [before, last] = wholeEpochs.slice(-2)
  // Training is measured on the way: in an epoch in which much is learned it lags behind.
  const isLearning = (last?.train.accuracy ?? 0) - (before?.train.accuracy ?? 0) > 0.02
  return [
    ...(layers.some(isDropout) || layers.some(({ type }) => /stochasticDepth|dropConnect/i.test(type))
      ? ['dropout']
      : []),
    ...((recipe?.augment.length ?? 0) > 0 ? ['augmentation'] : []),
    ...(layers.some(({ type }) => /^batchNorm/.test(type)) && (recipe?.batchSize ?? 64) <= 16
      ? ['batch norm of small batches']
      : []),
    ...(wholeEpochs.length < 3 || isLearning ? ['training is measured while it learns'] : []),
    ...(recipe?.sampling ? ['training samples are balanced'] : []),
  ]
}
