import { defineCheck, evidence } from '../check.ts'
import { madeUpRun, parameterLike } from '../made-up-run.ts'
import { short } from '../measure.ts'
import { PEAK, updateRatios } from '../rates.ts'

/** Around the thousandth of the textbook: a tenth of it to thirty times it. */
const LOW = 1e-4
const HIGH = 0.03

/** The share of the weights that a step moves, where it is what it should be; and where it is not, without being felt yet. */
export const rateAboutRight = defineCheck(
  'rate-about-right',
  {
    diagnose(history) {
      const ratios = updateRatios(history)
      if (!ratios || !history.isOver) return []
      const { typical, ceiling, peak } = ratios
      const numbers = {
        typicalRatio: evidence(typical),
        ceiling: evidence(ceiling),
        peakRatio: evidence(peak),
      }
      if (ceiling >= LOW && typical <= HIGH)
        return [{ severity: 'fine', title: `update ratio ${short(typical)}`, evidence: numbers }]
      if (typical <= PEAK) return []
      return [
        {
          severity: 'warning',
          title: `large steps: each moves the weights by ${short(typical)} of their size (1e-3 is usual)`,
          evidence: numbers,
          explanation:
            'A step should move the weights by about a thousandth of their size. Far larger ones do not let the loss settle, though no harm shows yet.',
          suggestions: [
            { title: 'let the rate fall to 0 (cosine)', change: { schedule: 'cosine' } },
            { title: 'take a third of the learning rate', change: { rateFactor: 0.3 } },
          ],
          more: 'docs/doctor.md#rate-about-right',
        },
      ]
    },
  },
  {
    doc: 'Whether steps move the weights by about a thousandth of their size.',
    source: 'Karpathy, CS231n: Neural Networks, part 3, 2015',
    examples: [
      {
        name: 'a tenth all the time',
        events: () =>
          madeUpRun({
            statistics: () => ({ parameters: [parameterLike('0.weight', { updateRatio: 0.12 })] }),
          }),
      },
    ],
  },
)
