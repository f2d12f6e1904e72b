import { defineCheck, evidence } from '../check.ts'
import type { RunHistory } from '../history.ts'
import { madeUpRun } from '../made-up-run.ts'
import { chance, largest, mean, median, short, stretches } from '../measure.ts'
import { lowerRateSuggestion } from '../rates.ts'

/** Fewer steps say nothing about where the loss is going. */
const STEPS = 8

/** How many times the loss at the start, or that of knowing nothing, the loss must be: noise does not double it. */
const GROWN = 2

/** The training loss ends above where it started, and above that of a model that knows nothing. */
export const divergence = defineCheck(
  'divergence',
  {
    explains: [
      'non-finite',
      'dead-units',
      'saturation',
      'vanishing-gradients',
      'exploding-gradients',
      'rate-too-high',
      'rate-about-right',
      'plateau',
      'noisy-gradients',
      'under-fitting',
      'best-epoch-past',
      'over-fitting',
      'validation-better',
    ],
    diagnose(history) {
      const losses = history.losses.filter(Number.isFinite)
      if (losses.length < STEPS) return []
      const reference = Math.max(median(losses.slice(0, 5)), chance(history)?.loss ?? 0)
      const recent = mean(stretches(losses, 10).slice(-2))
      if (!(recent > GROWN * reference)) return []
      const start = losses.findIndex((loss) => loss > GROWN * reference)
      return [
        {
          severity: 'problem',
          title: `the loss diverged: from ${short(reference)} to ${short(recent)}, from step ${start + 1} on`,
          evidence: {
            before: evidence(reference),
            now: evidence(recent),
            largest: evidence(largest(losses)),
            step: start + 1,
            rate: evidence(history.rates[start]),
          },
          explanation:
            'Each step overshoots the valley and lands higher on the other side. Beyond a certain learning rate no other setting helps.',
          suggestions: suggestions(history),
          more: 'docs/doctor.md#divergence',
        },
      ]
    },
  },
  {
    doc: 'The training loss grows instead of falling.',
    examples: [
      { name: 'to fifty', events: () => madeUpRun({ loss: (t) => 2.3 + 50 * t }) },
      {
        name: 'after a good start',
        events: () => madeUpRun({ loss: (t) => (t < 0.4 ? 2.3 * (1 - t) : 900 * t) }),
      },
    ],
  },
)

const suggestions = (history: RunHistory) => [
  lowerRateSuggestion(history),
  { title: 'warm up: start with a small rate', change: { schedule: 'warmup-cosine' } },
  { title: 'clip the gradient to a norm of 1', change: { clip: 1 } },
]
