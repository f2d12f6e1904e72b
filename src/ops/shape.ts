import {
  broadcastShapes,
  ensure,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sameShape,
  sizeOf,
} from '../core/index.ts'
import { constant, type Value } from '../graph/index.ts'
import { apply, defineOperator, ints, intsOf } from './define.ts'

const reshapeOperator = defineOperator<[x: Value, shape: Value], { allowzero?: number }>({
  type: 'Reshape',
  doc: 'The same elements in another shape.',
  attributes: { allowzero: 'int' },
  infer([x, target], { allowzero }) {
    const asked = intsOf(target, 'the shape')
    const shape = asked.map((n, i) => (n === 0 && !allowzero ? x.shape[i]! : n))
    const unknown = shape.indexOf(-1)
    if (unknown >= 0) {
      const rest = sizeOf(shape.filter((_, i) => i !== unknown))
      shape[unknown] = rest === 0 ? 0 : sizeOf(x.shape) / rest
    }
    ensure(
      shape.every((n) => Number.isInteger(n) && n >= 0) && sizeOf(shape) === sizeOf(x.shape),
      `cannot give ${formatShape(x.shape)} (${sizeOf(x.shape)} elements) the shape ${formatShape(asked)}`,
    )
    return [{ dtype: x.dtype, shape }]
  },
  grad: (dy, { inputs: [x] }) => [reshape(dy, x.shape)],
})

/** The same elements in another shape; one size may be -1, which stands for what remains. */
export function reshape(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x
  return apply(reshapeOperator, [x, ints(shape)], shape.includes(0) ? { allowzero: 1 } : {})
}

const flattenOperator = defineOperator<[x: Value], { axis?: number }>({
  type: 'Flatten',
  doc: 'A matrix: the axes before `axis` become rows, the others columns.',
  attributes: { axis: 'int' },
  infer([x], { axis = 1 }) {
    const at = axis === x.rank ? axis : normalizeAxis(axis, x.rank)
    return [{ dtype: x.dtype, shape: [sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at))] }]
  },
  grad: (dy, { inputs: [x] }) => [reshape(dy, x.shape)],
})

/** [N, ...] -> [N, rest]: the axes before `axis` (default 1) become rows, the others columns. */
export function flatten(x: Value, axis = 1): Value {
  return apply(flattenOperator, [x], { axis })
}

const transposeOperator = defineOperator<[x: Value], { perm: readonly number[] }>({
  type: 'Transpose',
  doc: 'Axes in another order.',
  attributes: { perm: 'ints' },
  infer([x], { perm }) {
    ensure(
      perm.length === x.rank && sameShape(normalizeAxes(perm, x.rank), normalizeAxes(undefined, x.rank)),
      `perm [${perm.join(', ')}] does not order the ${x.rank} axes of ${formatShape(x.shape)}`,
    )
    return [{ dtype: x.dtype, shape: perm.map((axis) => x.shape[axis]!) }]
  },
  grad(dy, { attrs: { perm } }) {
    return [
      transpose(
        dy,
        perm.map((_, i) => perm.indexOf(i)),
      ),
    ]
  },
})

/** Axis i of the result is axis `perm[i]` of x; the order is reversed by default. */
export function transpose(x: Value, perm: readonly number[] = x.shape.map((_, i) => x.rank - 1 - i)): Value {
  return perm.every((axis, i) => axis === i) ? x : apply(transposeOperator, [x], { perm })
}

const expandOperator = defineOperator<[x: Value, shape: Value]>({
  type: 'Expand',
  doc: 'Broadcasts to a larger shape.',
  attributes: {},
  infer([x, target]) {
    const asked = intsOf(target, 'the shape')
    const shape = broadcastShapes(x.shape, asked)
    ensure(shape, `cannot expand ${formatShape(x.shape)} to ${formatShape(asked)}`)
    return [{ dtype: x.dtype, shape }]
  },
  grad: (dy) => [dy], // the walker sums over what was broadcast
})

/** x broadcast to `shape`. */
export function expand(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x
  const y = apply(expandOperator, [x, ints(shape)], {})
  // No elements depend on nothing; and ONNX Runtime 1.30 drops an Expand to them as if it changed nothing.
  return sizeOf(y.shape) === 0 ? constant([], y.dtype, y.shape) : y
}

const squeezeOperator = defineOperator<[x: Value, axes?: Value]>({
  type: 'Squeeze',
  doc: 'Drops axes of size 1.',
  attributes: {},
  infer([x, axes]) {
    const ones = x.shape.flatMap((n, i) => (n === 1 ? [i] : []))
    const gone = axes ? normalizeAxes(intsOf(axes, 'axes'), x.rank) : ones
    const wrong = gone.find((axis) => x.shape[axis] !== 1)
    ensure(wrong === undefined, `axis ${wrong} of ${formatShape(x.shape)} does not have size 1`)
    return [{ dtype: x.dtype, shape: x.shape.filter((_, i) => !gone.includes(i)) }]
  },
  grad: (dy, { inputs: [x] }) => [reshape(dy, x.shape)],
})

/** x without the given axes of size 1; all of them by default. */
export function squeeze(x: Value, axes?: readonly number[]): Value {
  return apply(squeezeOperator, axes ? [x, ints(axes)] : [x], {})
}

const unsqueezeOperator = defineOperator<[x: Value, axes: Value]>({
  type: 'Unsqueeze',
  doc: 'Inserts axes of size 1.',
  attributes: {},
  infer([x, axes]) {
    const list = intsOf(axes, 'axes')
    const at = normalizeAxes(list, x.rank + list.length)
    const shape = [...x.shape]
    for (const axis of at) shape.splice(axis, 0, 1)
    return [{ dtype: x.dtype, shape }]
  },
  grad: (dy, { inputs: [x] }) => [reshape(dy, x.shape)],
})

/** x with axes of size 1 inserted at these places of the result. */
export function unsqueeze(x: Value, axes: readonly number[]): Value {
  return apply(unsqueezeOperator, [x, ints(axes)], {})
}
