import type { Suggestion } from '../../train/index.ts'
import { type Diagnosis, defineCheck, evidence } from '../check.ts'
import { isDropout, weightDecayOf } from '../facts.ts'
import type { RunHistory } from '../history.ts'
import { madeUpRun } from '../made-up-run.ts'
import { percent, short, smallest } from '../measure.ts'

/** Points of accuracy by which training may be better than validation. */
const GAP = 0.08
const LARGE_GAP = 0.2

/** How many standard errors of the validation accuracy a gap must be: a few samples do not make one. */
const ERRORS = 2

/** By how much the validation loss must have risen from its lowest, while that of training fell. */
const RISEN = 1.25

/** Whether the model knows its training samples better than the task. */
export const overFitting = defineCheck(
  'over-fitting',
  {
    diagnose(history) {
      const gap = gapOf(history)
      if (!gap) return []
      const { isWide, hasRisen, isLarge } = gap
      if (isWide || hasRisen) return [finding(history, gap, isLarge && hasRisen)]
      return history.isOver ? [fine(gap)] : []
    },
  },
  {
    doc: 'The model does much better on the samples that it was trained on than on others.',
    source: 'Srivastava et al., Dropout, 2014',
    examples: [
      {
        name: 'knows all by heart',
        events: () =>
          madeUpRun({
            accuracy: (t) => Math.min(1, 0.2 + 2 * t),
            loss: (t) => 2.3 * Math.exp(-8 * t),
            validation: (t) => ({ loss: 1.2 + t, accuracy: 0.66 }),
          }),
      },
      {
        name: 'a validation loss that rises',
        events: () => madeUpRun({ validation: (t) => ({ loss: 0.4 + (t - 0.3) ** 2, accuracy: 0.93 }) }),
      },
    ],
  },
)

interface Gap {
  readonly train: number | undefined
  readonly validation: number | undefined
  readonly points: number
  readonly error: number
  readonly trainLoss: number
  readonly lowest: number
  readonly last: number
  readonly isWide: boolean
  readonly isLarge: boolean
  readonly hasRisen: boolean
}

function gapOf(history: RunHistory): Gap | undefined {
  const epochs = history.wholeEpochs.filter(({ validation }) => validation)
  const last = epochs.at(-1)
  if (epochs.length < 2 || !last?.validation) return undefined
  const { accuracy: train, loss: trainLoss } = last.train
  const { accuracy: validation, loss } = last.validation
  const samples = history.start?.data?.validation ?? Number.NaN
  // Single epochs jump: the better of the last two counts.
  const newest = epochs.slice(-2)
  const points = smallest(
    newest.map((epoch) => (epoch.train.accuracy ?? Number.NaN) - (epoch.validation?.accuracy ?? Number.NaN)),
  )
  const error = Math.sqrt(((validation ?? Number.NaN) * (1 - (validation ?? Number.NaN))) / samples)
  const lowest = smallest(epochs.map((epoch) => epoch.validation!.loss))
  const isWide = points >= GAP && points >= ERRORS * error
  const settled = smallest(newest.map((epoch) => epoch.validation!.loss))
  const hasRisen = epochs.length >= 4 && settled > RISEN * lowest && trainLoss < 0.6 * lowest
  const isLarge = points >= LARGE_GAP
  return {
    train,
    validation,
    points,
    error,
    trainLoss,
    lowest,
    last: loss,
    isWide,
    isLarge,
    hasRisen,
  }
}

function finding(history: RunHistory, gap: Gap, isProblem: boolean): Diagnosis {
  const { train, validation, points, lowest, last, trainLoss, isWide } = gap
  const remedies = remediesFor(history)
  return {
    severity: isProblem ? 'problem' : 'warning',
    title: isWide
      ? `over-fitting: ${percent(train!)} of the training samples are right, ${percent(validation!)} of the others`
      : `over-fitting: the validation loss rose from ${short(lowest)} to ${short(last)}, that of training fell to ${short(trainLoss)}`,
    evidence: {
      train: evidence(train),
      validation: evidence(validation),
      gap: evidence(points),
      lowestValidationLoss: evidence(lowest),
      validationLoss: evidence(last),
      trainLoss: evidence(trainLoss),
      notUsed: remedies.map(({ name }) => name),
    },
    explanation:
      'The model learns its samples by heart, noise included, which does not help with new ones. ' +
      `Not used yet: ${remedies.map(({ name }) => name).join(', ')}.`,
    suggestions: remedies.slice(0, 3).map(({ suggestion }) => suggestion),
    more: 'docs/doctor.md#over-fitting',
  }
}

const fine = ({ points, last, trainLoss }: Gap): Diagnosis => ({
  severity: 'fine',
  title: Number.isFinite(points)
    ? `train/validation gap ${(Math.max(0, points) * 100).toFixed(1)} points`
    : `train/validation loss ${short(trainLoss)} / ${short(last)}`,
  evidence: { gap: evidence(points), trainLoss: evidence(trainLoss), validationLoss: evidence(last) },
})

/** The textbook's remedies that the run does not use, the most promising first. */
function remediesFor(history: RunHistory): { readonly name: string; readonly suggestion: Suggestion }[] {
  const { recipe, layers, start } = history
  const isImage = start?.data?.inputShape?.length === 3
  const decay = weightDecayOf(history)
  const all = [
    isImage &&
      !recipe?.augment.length && {
        name: 'augmentation',
        suggestion: { title: 'augment: move the pictures by a few pixels', change: { augment: 'shift' } },
      },
    !layers.some(isDropout) && {
      name: 'dropout',
      suggestion: { title: 'drop half of the features before the last layer', change: { dropout: 0.5 } },
    },
    decay < 1e-3 && {
      name: decay === 0 ? 'weight decay' : 'more weight decay',
      suggestion: {
        title: 'let the weights decay',
        change: { weightDecay: decay === 0 ? 1e-3 : 10 * decay },
      },
    },
    !recipe?.hooks.includes('earlyStopping') && {
      name: 'early stopping',
      suggestion: { title: 'stop when validation has not improved for 3 epochs', change: { patience: 3 } },
    },
    { name: 'more data', suggestion: { title: 'gather more samples: nothing else helps as much' } },
    { name: 'a smaller model', suggestion: { title: 'take a smaller model' } },
  ]
  return all.filter((remedy) => remedy !== false)
}
