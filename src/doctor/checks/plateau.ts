import { defineCheck, evidence } from '../check.ts'
import { decaysRate } from '../facts.ts'
import { madeUpRun, parameterLike } from '../made-up-run.ts'
import { chance, lowestLoss, mean, median, short, stretches } from '../measure.ts'
import { updateRatios } from '../rates.ts'

/** Epochs that it takes to see that nothing happens. */
const EPOCHS = 6

/** By which share the training loss may differ between the thirds of the second half. */
const FLAT = 0.08

/** And by which it may still fall from the first of them to the last: a loss that falls steadily is on its way. */
const FALLING = 0.04

/** How much of the loss of knowing nothing must be left, and gone: there is something to gain, and something was learned. */
const LEFT = 0.1
const LEARNED = 0.8

/** Steps that are too large to settle; smaller ones would not bounce. */
const RATIO = 1.5e-3

/** A loss that fell, and then stays where it is though the steps are large: they bounce from wall to wall. */
export const plateau = defineCheck(
  'plateau',
  {
    explains: ['under-fitting', 'best-epoch-past'],
    diagnose(history) {
      const { losses, wholeEpochs } = history
      if (wholeEpochs.length < EPOCHS || losses.length < 60 || decaysRate(history)) return []
      const guess = chance(history)?.loss ?? median(losses.slice(0, 5))
      const parts = stretches(losses, 6)
      const late = parts.slice(-3)
      const now = mean(late) - lowestLoss(history)
      const isFlat =
        Math.max(...late) - Math.min(...late) < FLAT * now && late[0]! - late.at(-1)! < FALLING * now
      const ratios = updateRatios(history)
      if (!isFlat || !(now > LEFT * guess && now < LEARNED * guess) || !((ratios?.typical ?? RATIO) >= RATIO))
        return []
      return [
        {
          severity: 'warning',
          title: `the training loss has stayed at ${short(mean(late))} for half of the run, at the same rate`,
          evidence: {
            parts: parts.map(evidence),
            typicalRatio: evidence(ratios?.typical),
            chance: evidence(guess),
          },
          explanation:
            'The steps are too large for the valley that the weights are in: they bounce from wall to wall. Where the rate falls, the loss falls on.',
          suggestions: [
            { title: 'let the rate fall to 0 (cosine)', change: { schedule: 'cosine' } },
            {
              title: 'divide the rate by 10 when nothing improves for 3 epochs',
              change: { reduceOnPlateau: 3 },
            },
            { title: 'take a fifth of the learning rate', change: { rateFactor: 0.2 } },
          ],
          more: 'docs/doctor.md#plateau',
        },
      ]
    },
  },
  {
    doc: 'A training loss that stays where it is, at a rate that does not fall.',
    examples: [
      {
        name: 'from the third epoch on',
        events: () =>
          madeUpRun({
            epochs: 12,
            loss: (t) => 0.7 + 1.6 * Math.exp(-20 * t),
            accuracy: (t) => 0.75 - 0.6 * Math.exp(-20 * t),
            recipe: { rates: [0.1, 0.1, 0.1, 0.1, 0.1] },
            statistics: () => ({ parameters: [parameterLike('0.weight', { updateRatio: 0.01 })] }),
          }),
      },
    ],
  },
)
