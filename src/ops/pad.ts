import { ensure, GradusError, normalizeAxis } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { add, sub } from './binary.ts'
import { apply, defineOperator, expectSameDType, ints, intsOf, scalar } from './define.ts'
import { sum } from './reduce.ts'
import { crop, flip } from './slice.ts'

type Inputs = [x: Value, pads: Value, value?: Value, axes?: Value]
export type PadMode = 'constant' | 'reflect' | 'edge'
interface Attrs {
  mode?: string
}

/** How many elements go before and after, for each axis; negative numbers take away. */
export type Padding = readonly (readonly [before: number, after: number])[]

function paddingOf([x, pads, , axes]: Inputs): Padding {
  const amounts = intsOf(pads, 'pads')
  const along = axes ? intsOf(axes, 'axes').map((a) => normalizeAxis(a, x.rank)) : x.shape.map((_, i) => i)
  ensure(
    amounts.length === 2 * along.length,
    `expected ${2 * along.length} pads for ${along.length} axes (all befores, then all afters), got ${amounts.length}`,
  )
  return x.shape.map((_, axis) => {
    const i = along.indexOf(axis)
    return i < 0 ? [0, 0] : [amounts[i]!, amounts[i + along.length]!]
  })
}

/** How many elements each mode can make from `n`. */
const limits: Readonly<Record<string, (n: number) => number>> = {
  constant: () => Number.POSITIVE_INFINITY,
  reflect: (n) => Math.max(n - 1, 0),
  edge: (n) => (n === 0 ? 0 : Number.POSITIVE_INFINITY),
}

/** Fails if the mode cannot make that many elements from `n`. */
function checkMode(mode: string, n: number, [before, after]: readonly [number, number], axis: number): void {
  const most = limits[mode]?.(n)
  if (most === undefined)
    throw new GradusError(`mode "${mode}" is not supported, only constant, reflect and edge`)
  ensure(
    Math.max(before, after) <= most,
    `mode "${mode}" cannot add ${before} and ${after} elements to the ${n} of axis ${axis}`,
  )
  ensure(
    mode === 'constant' || Math.min(before, after) >= 0,
    `mode "${mode}" cannot take elements away (axis ${axis})`,
  )
}

const padOperator = defineOperator<Inputs, Attrs>({
  type: 'Pad',
  doc: 'Elements added around a tensor: a constant, the mirror image, or copies of the edge.',
  attributes: { mode: 'string' },
  infer(inputs, { mode = 'constant' }) {
    const [x, , value] = inputs
    expectSameDType(x, value)
    const shape = paddingOf(inputs).map(([before, after], axis) => {
      const n = x.shape[axis]!
      checkMode(mode, n, [before, after], axis)
      ensure(n + before + after >= 0, `pads ${before} and ${after} take more than the ${n} of axis ${axis}`)
      return n + before + after
    })
    return [{ dtype: x.dtype, shape }]
  },
  grad(dy, { inputs, attrs: { mode = 'constant' } }) {
    const [, , value] = inputs
    const padding = paddingOf(inputs)
    if (mode !== 'constant') return [padding.reduce((g, sides, axis) => foldBack(g, axis, sides, mode), dy)]
    const dx = pad(
      dy,
      padding.map(([before, after]) => [-before, -after]),
    )
    // What does not come from x comes from the padding value.
    return [dx, undefined, value && sub(sum(dy), sum(dx))]
  },
})

/** The gradient of reflect and edge padding along one axis: what was added flows back to where it was copied from. */
function foldBack(dy: Value, axis: number, [before, after]: readonly [number, number], mode: string): Value {
  const n = dy.shape[axis]! - before - after
  const along = (size: number) => dy.shape.map((own, i) => (i === axis ? size : own))
  const part = (start: number, size: number) =>
    crop(
      dy,
      dy.shape.map((_, i) => (i === axis ? start : 0)),
      along(size),
    )
  const place = (piece: Value, start: number) =>
    pad(
      piece,
      piece.shape.map((size, i) => (i === axis ? [start, n - start - size] : [0, 0])),
    )
  const source = (piece: Value) =>
    mode === 'edge' ? sum(piece, { axes: axis, keepDims: true }) : flip(piece, [axis])
  let result = part(before, n)
  if (before > 0) result = add(result, place(source(part(0, before)), mode === 'edge' ? 0 : 1))
  if (after > 0) {
    const start = mode === 'edge' ? n - 1 : n - 1 - after
    result = add(result, place(source(part(before + n, after)), start))
  }
  return result
}

/**
 * x with elements added around it, as in NumPy: `pad(x, [[0, 0], [1, 1]])`.
 * @param padding how many elements go before and after, for every axis; negative ones take elements away (mode constant).
 * @param mode `constant` (default): `value`, 0 by default; `reflect`: the mirror image without the edge; `edge`: the edge.
 */
export function pad(
  x: Value,
  padding: Padding,
  { mode = 'constant', value = 0 }: { mode?: PadMode; value?: number } = {},
): Value {
  const cut = padding.some((sides) => Math.min(...sides) < 0) && mode === 'constant'
  const kept = cut ? shrink(x, padding) : x
  const sides = cut ? padding.map(([a, b]) => [Math.max(a, 0), Math.max(b, 0)] as const) : padding
  if (sides.every(([before, after]) => before === 0 && after === 0)) return kept
  const pads = ints([...sides.map(([before]) => before), ...sides.map(([, after]) => after)])
  return apply(padOperator, value === 0 ? [kept, pads] : [kept, pads, scalar(value, x.dtype)], { mode })
}

/** What is left of x when negative padding has taken its part. */
function shrink(x: Value, padding: Padding): Value {
  const shape = x.shape.map((n, i) => n + Math.min(padding[i]![0], 0) + Math.min(padding[i]![1], 0))
  const gone = shape.findIndex((n) => n < 0)
  ensure(
    gone < 0,
    `Pad: padding [${padding[gone]}] takes more than the ${x.shape[gone]} elements of axis ${gone}`,
  )
  return crop(
    x,
    padding.map(([before]) => Math.max(-before, 0)),
    shape,
  )
}
