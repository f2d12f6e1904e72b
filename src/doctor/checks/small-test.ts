import { defineCheck, evidence } from '../check.ts'
import { madeUpRun } from '../made-up-run.ts'

/** Points to either side, beyond which models cannot be told apart; and samples below which that holds for any score. */
const WARNING = 0.06
const FEW = 100

/** 97.5% of a normal distribution lie below. */
const Z = 1.96

/** A test split too small to tell models apart: the interval in which the accuracy lies is wide. */
export const smallTest = defineCheck(
  'small-test',
  {
    diagnose({ test }) {
      const { samples, scores } = test ?? {}
      const accuracy = scores?.accuracy
      if (!samples || accuracy === undefined || !(accuracy >= 0 && accuracy <= 1)) return []
      const [low, high] = wilson(accuracy, samples)
      const half = (high - low) / 2
      if (half < WARNING && samples >= FEW) return []
      const points = (share: number) => (share * 100).toFixed(1)
      return [
        {
          severity: 'warning',
          title: `${samples} test samples are few: the accuracy is ${points(accuracy)}%, or anything from ${points(low)} to ${points(high)}%`,
          evidence: { samples, accuracy: evidence(accuracy), low: evidence(low), high: evidence(high) },
          explanation:
            'With so few samples a handful of lucky answers moves the score by points: differences between models that are smaller than the ' +
            'interval (95%) mean nothing.',
          suggestions: [
            { title: 'set more samples apart for the test' },
            { title: 'cross-validate: every sample is tested once', change: { folds: 5 } },
          ],
          more: 'docs/doctor.md#small-test',
        },
      ]
    },
  },
  {
    doc: 'So few test samples that the accuracy is known only roughly.',
    source: 'Wilson, Probable inference, the law of succession, and statistical inference, 1927',
    examples: [
      {
        name: 'fifty',
        events: () => madeUpRun({ test: { scores: { loss: 0.3, accuracy: 0.9 }, samples: 50 } }),
      },
    ],
  },
)

/** Wilson's score interval, which is right for small counts and for shares near 0 and 1, too. */
function wilson(share: number, n: number): [number, number] {
  const center = share + Z ** 2 / (2 * n)
  const spread = Z * Math.sqrt((share * (1 - share)) / n + (Z / (2 * n)) ** 2)
  return [(center - spread) / (1 + Z ** 2 / n), (center + spread) / (1 + Z ** 2 / n)]
}
