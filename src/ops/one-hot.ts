import { type DType, ensure, normalizeAxis } from '../core/index.ts'
import { constant, type Value } from '../graph/index.ts'
import { mul, sub } from './binary.ts'
import { concat } from './concat.ts'
import { apply, defineOperator, ints, intsOf } from './define.ts'
import { expectIndices } from './gather.ts'
import { sum } from './reduce.ts'
import { reshape } from './shape.ts'

const oneHotOperator = defineOperator<[indices: Value, depth: Value, values: Value], { axis?: number }>({
  type: 'OneHot',
  doc: 'For each index a vector that is "on" there and "off" elsewhere.',
  attributes: { axis: 'int' },
  float64: false,
  infer([indices, depth, values], attrs) {
    expectIndices(indices)
    const size = intsOf(depth, 'the depth')[0]!
    ensure(size >= 1, `expected a depth of at least 1, got ${size}`)
    ensure(values.rank === 1 && values.shape[0] === 2, 'expected two values [off, on]')
    const axis = normalizeAxis(attrs.axis ?? -1, indices.rank + 1)
    return [{ dtype: values.dtype, shape: indices.shape.toSpliced(axis, 0, size) }]
  },
  grad(dy, { inputs: [indices, depth, values], attrs: { axis = -1 } }) {
    const hot = oneHot(indices, intsOf(depth, 'the depth')[0]!, { axis, dtype: values.dtype })
    const on = sum(mul(dy, hot))
    const parts = [sub(sum(dy), on), on].map((part) => reshape(part, [1]))
    return [undefined, undefined, concat(parts)]
  },
})

/**
 * indices [...] -> [..., depth] with 1 at each index and 0 elsewhere; nothing but 0 for an index out of range.
 * @param depth number of classes.
 * @param axis where the new axis goes in the result (default last).
 */
export function oneHot(
  indices: Value,
  depth: number,
  { axis = -1, dtype = 'float32' }: { axis?: number; dtype?: DType } = {},
): Value {
  return apply(oneHotOperator, [indices, ints([depth]), constant([0, 1], dtype)], { axis })
}
