import { normalizeAxes, type Shape, sizeOf } from '../core/index.ts'
import type { GradRule, Value } from '../graph/index.ts'
import { div, mul, sub } from './binary.ts'
import { cast } from './cast.ts'
import { equal } from './compare.ts'
import { apply, defineOperator, expectFloat, ints, intsOf } from './define.ts'
import { reshape } from './shape.ts'
import { abs, exp } from './unary.ts'
import { where } from './where.ts'

type Inputs = [x: Value, axes?: Value]
interface Attrs {
  keepdims?: number
  noop_with_empty_axes?: number
}

export interface ReduceOptions {
  /** The axes that go; all of them by default. Negative ones count from the end. */
  axes?: number | readonly number[]
  /** Keep the reduced axes with size 1 (default false). */
  keepDims?: boolean
}

/** The axes that a reduction node reduces. */
function reducedAxes(x: Value, axes: Value | undefined, attrs: Attrs): number[] {
  if (axes === undefined || axes.shape[0] === 0)
    return attrs.noop_with_empty_axes ? [] : normalizeAxes(undefined, x.rank)
  return normalizeAxes(intsOf(axes, 'axes'), x.rank)
}

const withOnes = (shape: Shape, axes: readonly number[]) => shape.map((n, i) => (axes.includes(i) ? 1 : n))

interface Reduction {
  readonly axes: readonly number[]
  /** Number of elements that make one output. */
  readonly count: number
  /** The output with the reduced axes kept, so that it broadcasts with x. */
  readonly kept: Value
}

function reduction(
  type: string,
  doc: string,
  /** The gradient, with dy in the shape that keeps the reduced axes. */
  rule: (dy: Value, x: Value, reduction: Reduction) => Value,
  /** What it makes of single elements. */
  ofOne: (x: Value) => Value = (x) => x,
) {
  const grad: GradRule<Inputs, Attrs> = (dy, { inputs: [x, axesInput], outputs, attrs }) => {
    const axes = reducedAxes(x, axesInput, attrs)
    const shape = withOnes(x.shape, axes)
    const count = sizeOf(axes.map((axis) => x.shape[axis]!))
    return [rule(reshape(dy, shape), x, { axes, count, kept: reshape(outputs[0]!, shape) })]
  }
  const op = defineOperator<Inputs, Attrs>({
    type,
    doc,
    attributes: { keepdims: 'int', noop_with_empty_axes: 'int' },
    infer([x, axesInput], attrs) {
      expectFloat(x)
      const axes = reducedAxes(x, axesInput, attrs)
      const kept = withOnes(x.shape, axes)
      const shape = (attrs.keepdims ?? 1) ? kept : kept.filter((_, i) => !axes.includes(i))
      return [{ dtype: x.dtype, shape }]
    },
    grad,
  })
  return (x: Value, { axes, keepDims = false }: ReduceOptions = {}): Value => {
    const list = normalizeAxes(typeof axes === 'number' ? [axes] : axes, x.rank)
    // No axes at all means "all of them" in ONNX, and "none" here.
    return list.length === 0 ? ofOne(x) : apply(op, [x, ints(list)], { keepdims: keepDims ? 1 : 0 })
  }
}

/** Sum over the axes (all by default). */
export const sum = reduction('ReduceSum', 'Sum over axes.', (dy) => dy)
/** Mean over the axes (all by default). */
export const mean = reduction('ReduceMean', 'Mean over axes.', (dy, _x, { count }) => div(dy, count))

/** Ties share the gradient equally, as in PyTorch's amax and amin. */
const shareAmongTies = (dy: Value, x: Value, { axes, kept }: Reduction) => {
  const winners = cast(equal(x, kept), x.dtype)
  return mul(winners, div(dy, sum(winners, { axes, keepDims: true })))
}
/** Largest element over the axes. */
export const max = reduction('ReduceMax', 'Maximum over axes.', shareAmongTies)
/** Smallest element over the axes. */
export const min = reduction('ReduceMin', 'Minimum over axes.', shareAmongTies)
/** Sum of squares over the axes. */
export const sumSquare = reduction(
  'ReduceSumSquare',
  'Sum of squares over axes.',
  (dy, x) => mul(dy, mul(x, 2)),
  (x) => mul(x, x),
)
/** ln of the sum of exponentials over the axes, without overflow. */
export const logSumExp = reduction('ReduceLogSumExp', 'ln sum exp over axes.', (dy, x, { kept }) =>
  mul(dy, exp(sub(x, kept))),
)
/** Euclidean norm over the axes; gradient 0 where the norm is 0. */
export const norm = reduction(
  'ReduceL2',
  'Euclidean norm over axes.',
  (dy, x, { kept }) => mul(x, div(dy, where(equal(kept, 0), 1, kept))), // x is 0 where its norm is
  abs,
)
