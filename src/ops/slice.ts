import { ensure, normalizeAxes, normalizeAxis, type Shape } from '../core/index.ts'
import { constant, type Value } from '../graph/index.ts'
import { apply, defineOperator, ints, intsOf } from './define.ts'
import { pad } from './pad.ts'
import { reshape, unsqueeze } from './shape.ts'

type Inputs = [x: Value, starts: Value, ends: Value, axes?: Value, steps?: Value]

/** What a slice takes along one axis: the elements start, start + step, ... (`size` of them). */
interface Span {
  readonly start: number
  readonly step: number
  readonly size: number
}

/** ONNX's rules: negative positions count from the end, and positions beyond an end are moved to it. */
function spanOf(n: number, start: number, end: number, step: number): Span {
  ensure(step !== 0, 'a step must not be 0')
  const place = (position: number, low: number, high: number) =>
    Math.min(Math.max(position < 0 ? position + n : position, low), high)
  const first = step > 0 ? place(start, 0, n) : place(start, 0, n - 1)
  const last = step > 0 ? place(end, 0, n) : place(end, -1, n - 1)
  return { start: first, step, size: Math.max(0, Math.ceil((last - first) / step)) }
}

/** The span along every axis of x. */
function spansOf([x, starts, ends, axes, steps]: Inputs): Span[] {
  const from = intsOf(starts, 'starts')
  const to = intsOf(ends, 'ends')
  const by = steps ? intsOf(steps, 'steps') : from.map(() => 1)
  const along = (axes ? intsOf(axes, 'axes') : from.map((_, i) => i)).map((a) => normalizeAxis(a, x.rank))
  ensure(
    to.length === from.length && by.length === from.length && along.length === from.length,
    `expected as many ends, axes and steps as starts (${from.length}), got ${to.length}, ${along.length} and ${by.length}`,
  )
  normalizeAxes(along, x.rank) // none twice
  return x.shape.map((n, axis) => {
    const i = along.indexOf(axis)
    return i < 0 ? { start: 0, step: 1, size: n } : spanOf(n, from[i]!, to[i]!, by[i]!)
  })
}

const sliceOperator = defineOperator<Inputs>({
  type: 'Slice',
  doc: 'Every step-th element between two positions of some axes.',
  attributes: {},
  infer(inputs) {
    return [{ dtype: inputs[0].dtype, shape: spansOf(inputs).map(({ size }) => size) }]
  },
  grad(dy, { inputs }) {
    const { shape, dtype } = inputs[0]
    const spans = spansOf(inputs)
    if (spans.some(({ size }) => size === 0)) return [constant(0, dtype)]
    const backward = spans.flatMap(({ step }, axis) => (step < 0 ? [axis] : []))
    let result = flip(dy, backward)
    spans.forEach(({ step }, axis) => {
      result = spread(result, axis, Math.abs(step))
    })
    const around = spans.map(({ start, step, size }, axis) => {
      const lowest = step > 0 ? start : start + (size - 1) * step
      return [lowest, shape[axis]! - lowest - size * Math.abs(step)] as const
    })
    return [pad(result, around)]
  },
})

/** Every element along an axis followed by step - 1 zeros. */
function spread(x: Value, axis: number, step: number): Value {
  if (step === 1) return x
  const split = unsqueeze(x, [axis + 1])
  const padded = pad(
    split,
    split.shape.map((_, i) => [0, i === axis + 1 ? step - 1 : 0]),
  )
  return reshape(
    padded,
    x.shape.map((n, i) => (i === axis ? n * step : n)),
  )
}

export interface SliceOptions {
  /** First position along each of the axes; a negative one counts from the end. */
  starts: number | readonly number[]
  /** Position after the last; by default all that follow (before the start, where the step is negative). */
  ends?: number | readonly number[]
  /** The axes, as many as starts; by default the first ones. */
  axes?: number | readonly number[]
  /** Distance between elements that are taken, not 0 (default 1). */
  steps?: number | readonly number[]
}

const list = (value: number | readonly number[]) => (typeof value === 'number' ? [value] : value)

/**
 * Parts of x, as in NumPy: `slice(x, { starts: 1, ends: -1, axes: 2 })` is `x[:, :, 1:-1]`.
 * Positions beyond an end stop there.
 */
export function slice(x: Value, options: SliceOptions): Value {
  const starts = list(options.starts)
  const steps = list(options.steps ?? starts.map(() => 1))
  const rest = steps.map((step) => (step > 0 ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER))
  const ends = list(options.ends ?? rest)
  const axes = list(options.axes ?? starts.map((_, i) => i))
  return apply(sliceOperator, [x, ints(starts), ints(ends), ints(axes), ints(steps)], {})
}

/** The part of x with this shape that begins at `starts`, one position per axis; x itself if that is all of it. */
export function crop(x: Value, starts: readonly number[], shape: Shape): Value {
  const cut = x.shape.flatMap((n, axis) => (shape[axis] === n ? [] : [axis]))
  if (cut.length === 0) return x
  return slice(x, {
    starts: cut.map((axis) => starts[axis]!),
    ends: cut.map((axis) => starts[axis]! + shape[axis]!),
    axes: cut,
  })
}

/** x in reverse order along the axes. */
export function flip(x: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return x
  return slice(x, { starts: axes.map(() => -1), axes, steps: axes.map(() => -1) })
}
