import { defineCheck, evidence } from '../check.ts'
import type { RunHistory } from '../history.ts'
import { madeUpRun, parameterLike } from '../made-up-run.ts'
import { chance, largest, mean, short, stretches } from '../measure.ts'
import { lowerRateSuggestion, PEAK, spikeOf, updateRatios, usualRate } from '../rates.ts'
import { deadShares } from './dead-shares.ts'

/** Beyond this no loss curve is needed: a step moves the weights by a third of themselves. */
const FAR_BEYOND = 0.3

/** How many times its start the loss may be on the way: momentum alone makes it twice as large. */
const SPIKE = 3
const HIGH_SPIKE = 10

/** The share of dead units that the textbook gives for a rate that is too high. */
const DEAD = 0.35

/** Steps so large that they tear down what they build, though the loss does not diverge. */
export const rateTooHigh = defineCheck(
  'rate-too-high',
  {
    explains: [
      'dead-units',
      'saturation',
      'exploding-gradients',
      'vanishing-gradients',
      'plateau',
      'under-fitting',
      'noisy-gradients',
      'best-epoch-past',
      'over-fitting',
      'rate-about-right',
    ],
    diagnose(history) {
      if (history.losses.length < 8) return []
      const { peak = Number.NaN, typical } = updateRatios(history) ?? {}
      const spike = spikeOf(history)
      const signs = signsOf(history, spike)
      const isLarge = peak > PEAK && signs.length > 0
      if (!isLarge && !(peak > FAR_BEYOND) && !(spike > HIGH_SPIKE)) return []
      const isProblem = signs.length > 0
      const says = signs.length > 0 ? `: ${signs.join(', ')}` : ''
      return [
        {
          severity: isProblem ? 'problem' : 'warning',
          title: Number.isFinite(peak)
            ? `the learning rate is too high: steps of ${short(peak)} of the weights (1e-3 is usual)${says}`
            : `the learning rate is too high${says}`,
          evidence: {
            peakRatio: evidence(peak),
            typicalRatio: evidence(typical),
            spike: evidence(spike),
            dead: evidence(largest([0, ...deadShares(history).map(({ dead }) => dead)])),
            rate: evidence(largest([0, ...(history.recipe?.rates ?? [])])),
          },
          explanation:
            'A step should move the weights by about a thousandth of their size. Steps that are far larger jump across the valley, drive units to ' +
            `where they die or saturate, and the loss settles high or not at all. Usual for this optimizer: ${usualRate(history)}.`,
          suggestions: [
            lowerRateSuggestion(history),
            { title: 'warm up, then let the rate fall', change: { schedule: 'warmup-cosine' } },
          ],
          more: 'docs/doctor.md#rate-too-high',
        },
      ]
    },
  },
  {
    doc: 'Steps so large that they tear down what they build.',
    examples: [
      {
        name: 'a jump at the start',
        events: () =>
          madeUpRun({
            loss: (t) => (t > 0.01 && t < 0.06 ? 20 : 1.2),
            statistics: (t) => ({
              parameters: [parameterLike('0.weight', { updateRatio: t < 0.1 ? 0.4 : 0.01 })],
            }),
          }),
      },
      {
        name: 'without statistics',
        events: () => madeUpRun({ statistics: null, loss: (t) => (t > 0.02 && t < 0.2 ? 40 : 2.3) }),
      },
    ],
  },
)

/** What such steps have done, in words. */
function signsOf(history: RunHistory, spike: number): string[] {
  const dead = largest([
    0,
    ...deadShares(history).map(({ dead, before }) => (before < 0.8 * dead ? dead : 0)),
  ])
  const guess = chance(history)?.loss
  const last = mean(stretches(history.losses.filter(Number.isFinite), 8).slice(-2))
  return [
    ...(spike > SPIKE ? [`the loss was ${short(spike)} times its start`] : []),
    ...(dead > DEAD ? [`${Math.round(100 * dead)}% of the units of a layer died`] : []),
    ...(guess !== undefined && last > 0.9 * guess && history.losses.length > 40
      ? ['nothing is learned']
      : []),
  ]
}
