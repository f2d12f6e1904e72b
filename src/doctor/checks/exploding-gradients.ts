import { defineCheck, evidence } from '../check.ts'
import { clips } from '../facts.ts'
import type { RunHistory } from '../history.ts'
import { madeUpRun } from '../made-up-run.ts'
import { largest, median, short } from '../measure.ts'
import { isDrivenByRate } from '../rates.ts'

/** The norm of a healthy gradient of a mean loss is of the order of 1. */
const LARGE = 100
const HUGE = 1000

/** How many times the usual norm a jump is. */
const JUMP = 100

/** Gradients that are huge, all the time or now and then. */
export const explodingGradients = defineCheck(
  'exploding-gradients',
  {
    explains: ['divergence', 'non-finite', 'noisy-gradients', 'rate-too-high'],
    diagnose(history) {
      const norms = history.samples.map(({ gradient }) => gradient.norm).filter(Number.isFinite)
      if (norms.length === 0 || clips(history)) return []
      const [usual, most] = [median(norms), largest(norms)]
      const isLarge = usual > LARGE
      const jumps = most > JUMP * usual && most > LARGE
      if (!isLarge && !jumps) return []
      // Where the first gradients were sound, large steps have led to these.
      if (isDrivenByRate(history) && norms[0]! < LARGE) return []
      const at = history.samples[norms.indexOf(most)]
      return [
        {
          severity: usual > HUGE || most > LARGE * HUGE ? 'problem' : 'warning',
          title: isLarge
            ? `gradients explode: their norm is ${short(usual)} as a rule`
            : `gradients explode: a norm of ${short(most)} in step ${at?.step ?? 1}, ${short(usual)} as a rule`,
          evidence: { usual: evidence(usual), largest: evidence(most), step: at?.step ?? null },
          explanation:
            'On its way back the gradient is multiplied by every weight, and in a recurrent net by the same weights again and again: it grows ' +
            'beyond measure, and one such step throws the weights far away.',
          suggestions: suggestions(history),
          more: 'docs/doctor.md#exploding-gradients',
        },
      ]
    },
  },
  {
    doc: 'Gradients with a norm far beyond 1, all the time or in jumps.',
    source: 'Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013',
    examples: [
      { name: 'all the time', events: () => madeUpRun({ statistics: () => ({ gradient: { norm: 5000 } }) }) },
      {
        name: 'in jumps',
        events: () =>
          madeUpRun({ statistics: (t) => ({ gradient: { norm: t > 0.5 && t < 0.53 ? 4000 : 2 } }) }),
      },
    ],
  },
)

const suggestions = ({ weights }: RunHistory) => [
  { title: 'clip the gradient to a norm of 1', change: { clip: 1 } },
  { title: 'take a tenth of the learning rate', change: { rateFactor: 0.1 } },
  ...(weights.length > 1 ? [{ title: 'start from Kaiming weights', change: { init: 'kaiming' } }] : []),
]
