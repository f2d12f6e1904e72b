import { defineCheck, evidence } from '../check.ts'
import { isDropout, weightDecayOf } from '../facts.ts'
import type { RunHistory } from '../history.ts'
import { madeUpRun } from '../made-up-run.ts'
import { chance, leftToLearn, percent, short, stretches } from '../measure.ts'

/** How much may be left to learn: a model that is large enough gets its training samples right. */
const LEFT = 0.25
/** The same for a run whose loss still falls: more epochs might do. */
const LEFT_FALLING = 0.6

/** By which share the training loss must still fall from one quarter of the run to the last, not to be stuck. */
const FALLING = 0.05

/** Whether the model cannot even learn its training samples. */
export const underFitting = defineCheck(
  'under-fitting',
  {
    diagnose(history) {
      const { losses, isOver, wholeEpochs } = history
      const guess = chance(history)
      const last = wholeEpochs.at(-1)
      if (!isOver || !guess || !last || losses.length < 40 || wholeEpochs.length < 3) return []
      const parts = stretches(losses, 4)
      const [before = Number.NaN, now = Number.NaN] = parts.slice(-2)
      const isStuck = now > (1 - FALLING) * before
      const accuracy = last.train.accuracy
      const gap = (accuracy ?? Number.NaN) - (last.validation?.accuracy ?? Number.NaN)
      const slow = !isStuck
      if (!(leftToLearn(history, now) > (slow ? LEFT_FALLING : LEFT)) || gap > 0.08) return []
      return [
        {
          severity: 'warning',
          title: slow
            ? `the training loss was still falling when the run ended: ${short(before)} to ${short(now)} over its last half`
            : `under-fitting: the training loss is stuck at ${short(now)}${accuracy === undefined ? '' : `, with ${percent(accuracy)} right`}`,
          evidence: {
            trainLoss: evidence(now),
            before: evidence(before),
            chance: evidence(guess.loss),
            accuracy: evidence(accuracy),
          },
          explanation: slow
            ? 'The run ended before it had learned what it could: more epochs cost nothing but time.'
            : 'The model does not even get its training samples right, so that more data would not help: it is too small, is held back, or its ' +
              'steps are.',
          suggestions: suggestions(history, slow),
          more: 'docs/doctor.md#under-fitting',
        },
      ]
    },
  },
  {
    doc: 'A model that does not learn its training samples, or a run that ended before it did.',
    examples: [
      {
        name: 'stuck',
        events: () =>
          madeUpRun({
            loss: (t) => 1.5 + 0.8 * Math.exp(-20 * t),
            accuracy: (t) => 0.45 - 0.3 * Math.exp(-20 * t),
          }),
      },
    ],
  },
)

function suggestions(history: RunHistory, slow: boolean) {
  const { start, layers } = history
  const longer = { title: 'train three times as long', change: { epochs: 3 * (start?.epochs ?? 10) } }
  if (slow) return [longer, { title: 'take three times the learning rate', change: { rateFactor: 3 } }]
  return [
    ...(layers.some(isDropout) ? [{ title: 'leave dropout out', change: { dropout: 0 } }] : []),
    ...(weightDecayOf(history) > 1e-2
      ? [{ title: 'let the weights decay less', change: { weightDecay: 1e-4 } }]
      : []),
    { title: 'take a larger model: more units, more layers' },
    longer,
  ].slice(0, 3)
}
