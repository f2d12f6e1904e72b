import { ensure, formatShape, normalizeAxis, type Shape, sameShape } from '../core/index.ts'
import { constant, type Value } from '../graph/index.ts'
import { apply, applyAll, defineOperator, expectSameDType, ints, intsOf } from './define.ts'
import { expand } from './shape.ts'

const resized = (shape: Shape, axis: number, size: number) => shape.map((n, i) => (i === axis ? size : n))

const concatOperator = defineOperator<readonly Value[], { axis: number }>({
  type: 'Concat',
  doc: 'Tensors one after the other along an axis.',
  attributes: { axis: 'int' },
  infer(inputs, attrs) {
    const first = inputs[0]
    ensure(first, 'expected at least one input')
    expectSameDType(...inputs)
    const axis = normalizeAxis(attrs.axis, first.rank)
    const odd = inputs.find((x) => !sameShape(resized(x.shape, axis, 0), resized(first.shape, axis, 0)))
    ensure(
      !odd,
      `shapes ${formatShape(first.shape)} and ${odd && formatShape(odd.shape)} differ outside of axis ${axis}`,
      'all sizes must agree but the one along the axis',
    )
    const total = inputs.reduce((n, x) => n + x.shape[axis]!, 0)
    return [{ dtype: first.dtype, shape: resized(first.shape, axis, total) }]
  },
  grad(dy, { inputs, attrs: { axis } }) {
    const at = normalizeAxis(axis, dy.rank)
    return split(
      dy,
      inputs.map((x) => x.shape[at]!),
      { axis: at },
    )
  },
})

/** The values one after the other along `axis` (default 0), where their sizes may differ. */
export function concat(values: readonly Value[], { axis = 0 }: { axis?: number } = {}): Value {
  return values.length === 1 ? values[0]! : apply(concatOperator, values, { axis })
}

type SplitInputs = [x: Value, sizes?: Value]
interface SplitAttrs {
  axis?: number
  num_outputs?: number
}

/** ONNX: without sizes, equal parts of which the last may be smaller. */
function partSizes(n: number, sizes: Value | undefined, count: number | undefined): number[] {
  if (sizes) return intsOf(sizes, 'the sizes')
  ensure(count !== undefined && count >= 1, 'expected sizes or num_outputs')
  const part = Math.ceil(n / count)
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(part, n - i * part)))
}

const splitOperator = defineOperator<SplitInputs, SplitAttrs>({
  type: 'Split',
  doc: 'Parts of a tensor along an axis.',
  attributes: { axis: 'int', num_outputs: 'int' },
  infer([x, sizes], attrs) {
    const axis = normalizeAxis(attrs.axis ?? 0, x.rank)
    const n = x.shape[axis]!
    const parts = partSizes(n, sizes, attrs.num_outputs)
    ensure(
      parts.every((part) => part >= 0) && parts.reduce((a, b) => a + b, 0) === n,
      `sizes [${parts.join(', ')}] do not add up to the ${n} of axis ${axis}`,
    )
    return parts.map((part) => ({ dtype: x.dtype, shape: resized(x.shape, axis, part) }))
  },
  grad(_dy, { inputs: [x], outputs, dys, attrs: { axis = 0 } }) {
    const pieces = outputs.map((y, i) => dys[i] ?? expand(constant(0, x.dtype), y.shape))
    return [concat(pieces, { axis })]
  },
})

/**
 * Consecutive parts of x along `axis` (default 0).
 * @param parts the number of equal parts, or the size of each.
 * @throws if the axis cannot be cut in equal parts, or the sizes do not add up to it.
 */
export function split(
  x: Value,
  parts: number | readonly number[],
  { axis = 0 }: { axis?: number } = {},
): readonly Value[] {
  const sizes = typeof parts === 'number' ? equalParts(x, parts, axis) : parts
  return sizes.length === 1 && sizes[0] === x.shape.at(axis)
    ? [x]
    : applyAll(splitOperator, [x, ints(sizes)], { axis })
}

function equalParts(x: Value, count: number, axis: number): number[] {
  const n = x.shape[normalizeAxis(axis, x.rank)]!
  ensure(
    Number.isInteger(count) && count > 0 && n % count === 0,
    `Split: cannot cut the ${n} of axis ${axis} of ${x} into ${count} equal parts`,
    'give the sizes: split(x, [2, 3], { axis })',
  )
  return new Array(count).fill(n / count)
}
