import { defineCheck, evidence } from '../check.ts'
import { madeUpRun, parameterLike } from '../made-up-run.ts'
import { chance, largest, mean, median, short, stretches } from '../measure.ts'
import { updateRatios, usualRate } from '../rates.ts'

/** Steps that even at their largest move the weights by less than this get nowhere in any reasonable time. */
const CEILING = 4e-4

/** How much of the loss of knowing nothing must be left: a run that has learned its task may take small steps. */
const LEFT = 0.3

/** Without statistics: the share of its start by which the loss has fallen in the whole run. */
const FALLEN = 0.15

/** Steps so small that hardly anything is learned. */
export const rateTooLow = defineCheck(
  'rate-too-low',
  {
    explains: ['under-fitting', 'plateau', 'rate-about-right'],
    diagnose(history) {
      const { losses, recipe } = history
      if (losses.length < 40) return []
      const ratios = updateRatios(history)
      const first = median(losses.slice(0, 10))
      const now = mean(stretches(losses, 8).slice(-1))
      const reference = chance(history)?.loss ?? first
      const hardlyFalls = now > (1 - FALLEN) * first && now < first
      const isLow = ratios ? ratios.ceiling < CEILING && ratios.ceiling > 0 : hardlyFalls && isSmooth(losses)
      if (!isLow || !(now > LEFT * reference)) return []
      const factor = ratios
        ? 10 ** Math.max(1, Math.min(3, Math.round(Math.log10(2e-3 / ratios.ceiling))))
        : 10
      return [
        {
          severity: hardlyFalls || (ratios?.ceiling ?? 1) < CEILING / 4 ? 'problem' : 'warning',
          title: ratios
            ? `the learning rate is too low: steps of ${short(ratios.typical)} of the weights (1e-3 is usual), and the loss only fell from ${short(first)} to ${short(now)}`
            : `the learning rate is too low: in ${losses.length} steps the loss only fell from ${short(first)} to ${short(now)}`,
          evidence: {
            typicalRatio: evidence(ratios?.typical),
            ceiling: evidence(ratios?.ceiling),
            firstLoss: evidence(first),
            loss: evidence(now),
            rate: evidence(largest([0, ...(recipe?.rates ?? [])])),
          },
          explanation:
            'A step should move the weights by about a thousandth of their size. These are so small that the loss creeps down in a straight line: the ' +
            `same could be had in a fraction of the time. Usual for this optimizer: ${usualRate(history)}.`,
          suggestions: [
            { title: `take ${factor} times the learning rate`, change: { rateFactor: factor } },
            { title: 'look for the rate: gradus find-lr' },
            ...(factor > 10
              ? [{ title: 'take 10 times the learning rate', change: { rateFactor: 10 } }]
              : []),
          ],
          more: 'docs/doctor.md#rate-too-low',
        },
      ]
    },
  },
  {
    doc: 'Steps so small that the loss hardly falls.',
    examples: [
      {
        name: 'a millionth a step',
        events: () =>
          madeUpRun({
            loss: (t) => 2.3 - 0.1 * t,
            accuracy: (t) => 0.1 + 0.1 * t,
            statistics: () => ({ parameters: [parameterLike('0.weight', { updateRatio: 4e-6 })] }),
          }),
      },
    ],
  },
)

/** Whether the loss falls steadily: each part of the run is below the one before. */
const isSmooth = (losses: readonly number[]): boolean => {
  const parts = stretches(losses, 5)
  return parts.every((part, i) => i === 0 || part < parts[i - 1]!)
}
