import { defineCheck, evidence } from '../check.ts'
import { weightDecayOf, weightsAt } from '../facts.ts'
import type { RunHistory } from '../history.ts'
import { madeUpRun, parameterLike } from '../made-up-run.ts'
import { chance, leftToLearn, mean, median, percent, short, stretches } from '../measure.ts'

/** What is left of the norms of the weights where decay pulls harder than the loss. */
const SHRUNK = 0.4

/** How much must be left to learn: small weights that do their work are fine. */
const LEFT = 0.25

/** Weight decay that pulls the weights to 0 faster than the loss can keep them. */
export const decayTooStrong = defineCheck(
  'decay-too-strong',
  {
    explains: [
      'under-fitting',
      'vanishing-gradients',
      'dead-units',
      'rate-too-high',
      'rate-too-low',
      'rate-about-right',
      'plateau',
    ],
    diagnose(history) {
      const decay = weightDecayOf(history)
      const shrunk = shrinkage(history)
      const now = mean(stretches(history.losses, 8).slice(-1))
      const toLearn = leftToLearn(history, now)
      if (!(decay > 0 && shrunk < SHRUNK && toLearn > LEFT)) return []
      return [
        {
          severity: toLearn > 0.9 ? 'problem' : 'warning',
          title: `the weight decay of ${short(decay)} is too strong: ${percent(shrunk, 0)} is left of the weights, and the loss is ${short(now)}`,
          evidence: {
            decay: evidence(decay),
            left: evidence(shrunk),
            loss: evidence(now),
            chance: evidence(chance(history)?.loss),
          },
          explanation:
            'Decay pulls every weight to 0 in each step, and the loss pulls it where it is of use. Here decay wins: the model cannot even learn its ' +
            'training samples. Usual values are 1e-5 to 1e-3.',
          suggestions: [
            { title: 'let the weights decay by 1e-4', change: { weightDecay: 1e-4 } },
            { title: 'leave weight decay out', change: { weightDecay: 0 } },
          ],
          more: 'docs/doctor.md#decay-too-strong',
        },
      ]
    },
  },
  {
    doc: 'Weight decay that pulls the weights to 0 faster than the loss can keep them.',
    examples: [
      {
        name: 'a third each step',
        events: () =>
          madeUpRun({
            loss: () => 2.3,
            accuracy: () => 0.1,
            recipe: {
              links: [
                { name: 'addDecay', args: [0.3, {}] },
                { name: 'byRate', args: [0.05] },
              ],
            },
            statistics: (t) => ({ parameters: [parameterLike('0.weight', { norm: 6 * Math.exp(-9 * t) })] }),
          }),
      },
    ],
  },
)

/** What is left of the norms of the weights, as a median of them; NaN if it cannot be told. */
function shrinkage(history: RunHistory): number {
  const [first, last] = [history.samples[0], history.samples.at(-1)]
  if (!first || !last) return Number.NaN
  const before = new Map(weightsAt(first, history).map(({ name, norm }) => [name, norm]))
  return median(
    weightsAt(last, history).flatMap(({ name, norm }) =>
      before.get(name) ? [norm / before.get(name)!] : [],
    ),
  )
}
