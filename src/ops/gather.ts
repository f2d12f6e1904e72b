import { ensure, formatShape, normalizeAxis, type Shape, sizeOf } from '../core/index.ts'
import { constant, Value, type ValueInfo } from '../graph/index.ts'
import { add, mul } from './binary.ts'
import { cast } from './cast.ts'
import { less } from './compare.ts'
import { split } from './concat.ts'
import { apply, defineOperator, ints } from './define.ts'
import { gemm } from './gemm.ts'
import { oneHot } from './one-hot.ts'
import { scatterElements } from './scatter.ts'
import { expand, reshape } from './shape.ts'
import { where } from './where.ts'

/** Fails unless the values are positions. */
export function expectIndices(indices: ValueInfo): void {
  ensure(
    indices.dtype === 'int64' || indices.dtype === 'int32',
    `expected int64 or int32 indices, got ${indices.dtype}`,
  )
}

const zeros = (like: Value) => expand(constant(0, like.dtype), like.shape)

/** Up to so many slices a product with one-hot rows is faster than adding element by element in one thread. */
const FEW_SLICES = 512

/**
 * The gradient of taking slices of x: slices that were taken twice get both gradients. Not by ScatterND, which would be the
 * natural operator: ONNX Runtime's kernel adds in several threads at once and loses sums (its issue 18048).
 */
function sumOfSlices(dy: Value, indices: Value, x: Value, axis: number): Value {
  const [count, taken] = [x.shape[axis]!, sizeOf(indices.shape)]
  if (axis === 0 && count <= FEW_SLICES && taken > 0) {
    const chosen = oneHot(reshape(cast(indices, 'int64'), [taken]), count) // [taken, count]
    const rows = reshape(dy, [taken, sizeOf(x.shape.slice(1))])
    return reshape(gemm(cast(chosen, x.dtype), rows, { transA: true }), x.shape)
  }
  const updates = reshape(dy, [...x.shape.slice(0, axis), taken, ...x.shape.slice(axis + 1)])
  const along = x.shape.map((_, i) => (i === axis ? taken : 1))
  return scatterElements(zeros(x), expand(reshape(indices, along), updates.shape), updates, {
    axis,
    reduction: 'add',
  })
}

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
  grad: (dy, { inputs: [x, indices], attrs: { axis = 0 } }) => [
    sumOfSlices(dy, indices, x, normalizeAxis(axis, x.rank)),
  ],
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
  grad(dy, { inputs: [x, indices] }) {
    const depth = indices.shape.at(-1)!
    const rows = reshape(x, [sizeOf(x.shape.slice(0, depth)), ...x.shape.slice(depth)])
    return [reshape(sumOfSlices(dy, rowsOf(indices, x.shape), rows, 0), x.shape)]
  },
})

/** The row of each index vector when the axes that it looks along are made one. */
function rowsOf(indices: Value, shape: Shape): Value {
  const columns = split(indices, indices.shape.at(-1)!, { axis: -1 })
  return columns
    .map((column, axis) => where(less(column, 0), add(column, constant(shape[axis]!, 'int64')), column))
    .reduce((row, column, axis) => add(mul(row, constant(shape[axis]!, 'int64')), column))
}

/** Slices of x at index vectors [..., K] of its first K axes: y[i] = x[indices[i][0], ..., indices[i][K - 1]]. */
export function gatherND(x: Value, indices: Value): Value {
  return apply(gatherNDOperator, [x, indices], {})
}
