import { ensure, GradusError } from './errors.ts'

/** A static shape: one non-negative integer per axis; `[]` is a scalar. */
export type Shape = readonly number[]

/** Number of elements; 1 for a scalar, 0 if any axis is empty. */
export function sizeOf(shape: Shape): number {
  let size = 1
  for (const n of shape) size *= n
  return size
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i])
}

export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`

/** The shape that NumPy's broadcasting gives, or undefined if the shapes do not fit. */
export function broadcastShapes(...shapes: Shape[]): Shape | undefined {
  const rank = Math.max(0, ...shapes.map((s) => s.length))
  const result: number[] = new Array(rank).fill(1)
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i
      const n = shape[i]!
      if (n === 1 || n === result[at]) continue
      if (result[at] !== 1) return undefined
      result[at] = n
    }
  }
  return result
}

/**
 * The axes over which a `from`-shaped tensor must be summed to get back to the `to`-shaped one that was broadcast to it:
 * first the axes that `to` lacks, then those where it has size 1.
 */
export function broadcastAxes(to: Shape, from: Shape): number[] {
  const extra = from.length - to.length
  return from.flatMap((n, i) => (i < extra || (to[i - extra] === 1 && n !== 1) ? [i] : []))
}

/** Axis in `0 .. rank - 1`; a negative one counts from the end. */
export function normalizeAxis(axis: number, rank: number, what = 'axis'): number {
  const result = axis < 0 ? axis + rank : axis
  ensure(
    Number.isInteger(axis) && result >= 0 && result < rank,
    `${what} ${axis} is out of range for a tensor with ${rank} axes`,
    rank > 0 ? `expected ${-rank} .. ${rank - 1}` : 'a scalar has no axes',
  )
  return result
}

/** Distinct axes in increasing order; all axes if `axes` is undefined. */
export function normalizeAxes(axes: readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i)
  const result = axes.map((axis) => normalizeAxis(axis, rank)).sort((a, b) => a - b)
  if (new Set(result).size !== result.length)
    throw new GradusError(`axes [${axes.join(', ')}] repeat an axis`)
  return result
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides: number[] = new Array(shape.length).fill(1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!
  return strides
}
