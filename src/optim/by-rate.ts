import { ensure } from '../core/index.ts'
import { mul, neg } from '../ops/index.ts'
import type { Schedule } from '../schedules/index.ts'
import { above } from './check.ts'
import { defineTransform } from './define-transform.ts'

/**
 * Turns what the links before made of the gradient into a step downhill: `-rate * g`. The last link of a chain.
 * @param rate the learning rate, a number above 0 or a schedule. It enters the graph as an input: changing it
 * compiles nothing.
 */
export const byRate = defineTransform(
  'byRate',
  (rate: number | Schedule) => {
    if (typeof rate === 'number') above('byRate', 'a rate', 0, rate)
    else ensure(typeof rate === 'function', `byRate: expected a rate above 0 or a schedule, got ${rate}`)
    const schedule: Schedule = typeof rate === 'number' ? () => rate : rate
    return {
      rate,
      scalars: { rate: (step, horizon) => schedule(step, horizon) * (horizon?.factor ?? 1) },
      update(g, _state, { group }, { rate }) {
        const own = group.rate === 1 ? rate : mul(rate, group.rate)
        return { update: mul(g, neg(own)) }
      },
    }
  },
  {
    doc: 'Turns a gradient into a step downhill: minus the learning rate times it.',
    examples: [{ name: 'a fixed rate', args: [0.05] }],
  },
)
