import { defineCheck, evidence } from '../check.ts'
import { madeUpRun } from '../made-up-run.ts'
import { short } from '../measure.ts'
import { lowerRateSuggestion } from '../rates.ts'

/** A loss that is not a number any more. Where it came about is known from the step that was replayed. */
export const nonFinite = defineCheck(
  'non-finite',
  {
    sure: true,
    explains: ['rate-about-right'],
    diagnose(history) {
      const { losses, findings, rates } = history
      const found = findings.find(({ check }) => check === 'non-finite')
      const at = losses.findIndex((loss) => !Number.isFinite(loss))
      if (!found && at < 0) return []
      const step = at < 0 ? losses.length + 1 : at + 1
      const last = losses.slice(0, step - 1).at(-1)
      return [
        {
          severity: 'problem',
          title: found?.title ?? `the loss is not finite from step ${step} on`,
          evidence: found?.evidence ?? { step, lastLoss: evidence(last), rate: evidence(rates[step - 2]) },
          explanation:
            'Once a number is infinite or not a number, so is everything computed from it. As a rule the steps were too ' +
            `large${last === undefined ? '' : ` (the last finite loss was ${short(last)})`}, or an input was not finite.`,
          suggestions: [
            lowerRateSuggestion(history),
            { title: 'clip the gradient to a norm of 1', change: { clip: 1 } },
            { title: 'warm up: start with a small rate', change: { schedule: 'warmup-cosine' } },
          ],
          more: 'docs/doctor.md#non-finite',
        },
      ]
    },
  },
  {
    doc: 'The loss or a number on the way to it became infinite, or not a number.',
    examples: [
      {
        name: 'as provenance found it',
        events: () =>
          madeUpRun({
            test: null,
            outcome: 'failed',
            more: [
              {
                type: 'finding',
                time: '2026-01-01T00:00:00.000Z',
                step: 200,
                check: 'non-finite',
                severity: 'problem',
                title: 'Exp in relu "1" gave infinity in step 201',
                evidence: { step: 201 },
              },
            ],
          }),
      },
      {
        name: 'a log with such losses',
        events: () => madeUpRun({ loss: (t) => (t < 0.5 ? 2.3 : Number.NaN) }),
      },
    ],
  },
)
