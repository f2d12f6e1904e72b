import { ensure, formatShape } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { apply, defineOperator, ints, intsOf } from './define.ts'
import { sum } from './reduce.ts'
import { reshape } from './shape.ts'

const tileOperator = defineOperator<[x: Value, repeats: Value]>({
  type: 'Tile',
  doc: 'A tensor repeated along its axes.',
  attributes: {},
  infer([x, repeats]) {
    const times = intsOf(repeats, 'repeats')
    ensure(
      times.length === x.rank && times.every((n) => n >= 0),
      `expected a number of repeats for each axis of ${formatShape(x.shape)}, got [${times.join(', ')}]`,
    )
    return [{ dtype: x.dtype, shape: x.shape.map((n, i) => n * times[i]!) }]
  },
  grad(dy, { inputs: [x, repeats] }) {
    const times = intsOf(repeats, 'repeats')
    const copies = reshape(
      dy,
      x.shape.flatMap((n, i) => [times[i]!, n]),
    )
    return [sum(copies, { axes: x.shape.map((_, i) => 2 * i) })]
  },
})

/** x repeated along every axis: `tile(x, [2, 1])` is x twice, one below the other. */
export function tile(x: Value, repeats: readonly number[]): Value {
  return repeats.every((n) => n === 1) && repeats.length === x.rank
    ? x
    : apply(tileOperator, [x, ints(repeats)], {})
}
