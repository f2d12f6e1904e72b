import { ensure, ensureKnownOptions } from '../core/index.ts'
import { add, mul, sub } from '../ops/index.ts'
import type { Schedule } from '../schedules/index.ts'
import { wholeAbove } from './check.ts'
import { defineTransform } from './define-transform.ts'

export interface LookaheadOptions {
  /** Steps between two meetings of the weights, at least 1. Default: 5. */
  readonly every?: number
}

/**
 * k steps forward, one step back: slow weights follow the fast ones, which the links before train. Every `every` steps the
 * slow weights go the share `share` of the way to the fast ones, and the fast ones go on from there; momentum stays. When the
 * run ends between two meetings the slow weights are what is left. Comes after the rate: `chain(sgd(0.1), lookahead())`.
 *
 * Only parameters are averaged. The running statistics of batch norms belong to the fast weights: let the recipe take them
 * over the training set at the end (`populationStatistics: true`).
 * @param share of the way, in (0, 1], a number or a schedule. Default: 0.5.
 * Source: Zhang et al., Lookahead Optimizer: k steps forward, 1 step back, 2019.
 */
export const lookahead = defineTransform(
  'lookahead',
  (share: number | Schedule = 0.5, options: LookaheadOptions = {}) => {
    ensureKnownOptions('lookahead', options, ['every'])
    const { every = 5 } = options
    wholeAbove('lookahead', 'steps between two meetings', 0, every)
    if (typeof share === 'number')
      ensure(share > 0 && share <= 1, `lookahead: expected a share above 0 and at most 1, got ${share}`)
    const shareAt: Schedule = typeof share === 'number' ? () => share : share
    const meets = (step: number) => (step + 1) % every === 0
    return {
      afterRate: true,
      state: { slow: 0 },
      scalars: {
        first: (step) => (step === 0 ? 1 : 0),
        way: (step, horizon) => (meets(step) ? shareAt(step, horizon) : 0),
        back: (step, horizon) => (meets(step) || step + 1 === horizon?.steps ? 1 : 0),
      },
      update(u, { slow }, { value }, { first, way, back }) {
        const known = add(slow, mul(first, sub(value, slow))) // state starts from 0, slow weights from the first ones
        const fast = add(value, u)
        const next = add(known, mul(way, sub(fast, known)))
        return { update: add(u, mul(back, sub(next, fast))), state: { slow: next } }
      },
    }
  },
  {
    doc: 'Slow weights that follow the trained ones, which go back to them every few steps.',
    source: 'Zhang et al., Lookahead Optimizer: k steps forward, 1 step back, 2019',
    examples: [
      { name: 'defaults', args: [] },
      { name: 'most of the way', args: [0.8, { every: 5 }] },
    ],
  },
)
