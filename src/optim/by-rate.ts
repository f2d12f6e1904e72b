import { mul, neg } from '../ops/index.ts'
import type { Schedule } from '../schedules/index.ts'
import { above } from './check.ts'
import type { Link } from './link.ts'

/**
 * Turns what the links before made of the gradient into a step downhill: `-rate * g`. The last link of a chain.
 * @param rate the learning rate, a number above 0 or a schedule. It enters the graph as an input: changing it
 * compiles nothing.
 */
export function byRate(rate: number | Schedule): Link {
  if (typeof rate === 'number') above('byRate', 'a rate', 0, rate)
  return {
    name: 'byRate',
    rate,
    scalars: { rate: typeof rate === 'number' ? () => rate : rate },
    update: (g, _state, _param, { rate }) => ({ update: mul(g, neg(rate!)) }),
  }
}
