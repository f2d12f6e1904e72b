import { ensure, formatShape, normalizeAxis, type Shape } from '../core/index.ts'
import { constant, Value, type ValueInfo } from '../graph/index.ts'
import { cast } from './cast.ts'
import { apply, defineOperator, ints } from './define.ts'
import { scatterElements, scatterND } from './scatter.ts'
import { expand, transpose, unsqueeze } from './shape.ts'

/** Fails unless the values are positions. */
export function expectIndices(indices: ValueInfo): void {
  ensure(
    indices.dtype === 'int64' || indices.dtype === 'int32',
    `expected int64 or int32 indices, got ${indices.dtype}`,
  )
}

const zeros = (like: Value, shape: Shape = like.shape) => expand(constant(0, like.dtype), shape)
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

const gatherOperator = defineOperator<[x: Value, indices: Value], { axis?: number }>({
  type: 'Gather',
  doc: 'The slices of an axis that the indices name.',
  attributes: { axis: 'int' },
  infer([x, indices], attrs) {
    expectIndices(indices)
    const axis = normalizeAxis(attrs.axis ?? 0, x.rank)
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]
    return [{ dtype: x.dtype, shape }]
  },
  // Slices that were taken twice get both gradients: they are added into zeros, with the axis in front for ScatterND.
  grad(dy, { inputs: [x, indices], attrs }) {
    const axis = normalizeAxis(attrs.axis ?? 0, x.rank)
    const after = axis + indices.rank
    const updates = transpose(dy, [...range(axis, after), ...range(0, axis), ...range(after, dy.rank)])
    const front = [x.shape[axis]!, ...x.shape.toSpliced(axis, 1)]
    const sums = scatterND(zeros(x, front), unsqueeze(cast(indices, 'int64'), [-1]), updates, {
      reduction: 'add',
    })
    return [transpose(sums, [...range(1, axis + 1), 0, ...range(axis + 1, x.rank)])]
  },
})

/**
 * The slices of x along `axis` (default 0) at the indices, whose axes take the place of that one:
 * x [V, D], indices [N, T] -> [N, T, D]. Negative indices count from the end.
 */
export function gather(
  x: Value,
  indices: Value | readonly number[],
  { axis = 0 }: { axis?: number } = {},
): Value {
  return apply(gatherOperator, [x, indices instanceof Value ? indices : ints(indices)], { axis })
}

const gatherElementsOperator = defineOperator<[x: Value, indices: Value], { axis?: number }>({
  type: 'GatherElements',
  doc: 'One element per index, which says where to look along an axis.',
  attributes: { axis: 'int' },
  infer([x, indices], attrs) {
    expectIndices(indices)
    const axis = normalizeAxis(attrs.axis ?? 0, x.rank)
    ensure(
      indices.rank === x.rank && indices.shape.every((n, i) => i === axis || n <= x.shape[i]!),
      `indices ${formatShape(indices.shape)} do not fit into ${formatShape(x.shape)} outside of axis ${axis}`,
    )
    return [{ dtype: x.dtype, shape: indices.shape }]
  },
  grad: (dy, { inputs: [x, indices], attrs: { axis = 0 } }) => [
    scatterElements(zeros(x), indices, dy, { axis, reduction: 'add' }),
  ],
})

/** y[i][j] = x[indices[i][j]][j] for axis 0 (default), and likewise for others (torch.gather). */
export function gatherElements(x: Value, indices: Value, { axis = 0 }: { axis?: number } = {}): Value {
  return apply(gatherElementsOperator, [x, indices], { axis })
}

/** The shape of what the index vectors in the last axis of `indices` name in x. */
export function indexedShape(x: ValueInfo, indices: ValueInfo): Shape {
  const depth = indices.shape.at(-1)
  ensure(indices.dtype === 'int64', `expected int64 indices, got ${indices.dtype}`, "cast(indices, 'int64')")
  ensure(
    depth !== undefined && depth >= 1 && depth <= x.shape.length,
    `indices ${formatShape(indices.shape)} do not end in 1 to ${x.shape.length} positions in ${formatShape(x.shape)}`,
  )
  return [...indices.shape.slice(0, -1), ...x.shape.slice(depth)]
}

const gatherNDOperator = defineOperator<[x: Value, indices: Value], { batch_dims?: number }>({
  type: 'GatherND',
  doc: 'The slices that index vectors name.',
  attributes: { batch_dims: 'int' },
  infer([x, indices], { batch_dims = 0 }) {
    ensure(batch_dims === 0, `batch_dims ${batch_dims} is not supported, only 0`)
    return [{ dtype: x.dtype, shape: indexedShape(x, indices) }]
  },
  grad: (dy, { inputs: [x, indices] }) => [scatterND(zeros(x), indices, dy, { reduction: 'add' })],
})

/** Slices of x at index vectors [..., K] of its first K axes: y[i] = x[indices[i][0], ..., indices[i][K - 1]]. */
export function gatherND(x: Value, indices: Value): Value {
  return apply(gatherNDOperator, [x, indices], {})
}
