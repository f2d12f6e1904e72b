import type { Value } from '../../graph/index.ts'
import { pad, reshape, slice, transpose } from '../../ops/index.ts'
import { reorderInput, reorderOutput } from './kernels.ts'

// Weights [O, I, kH, kW] in the orders that the blocked kernels want. A general Transpose takes 7 to 9 ns for each element;
// the reorder kernels and transpositions that keep runs of a whole block take 1 ns, so everything here is made of those.

type FilterShape = readonly [o: number, i: number, kH: number, kW: number]
const shapeOf = (weight: Value) => weight.shape as FilterShape

/** Blocks of output channels innermost, [O / b, I, kH, kW, b]: for inputs with few channels and depthwise convolutions. */
export function blockOutputs(weight: Value, block: number): Value {
  const [o, i, kH, kW] = shapeOf(weight)
  return reshape(reorderInput(reshape(weight, [o / block, block, 1, i * kH * kW])), weight.shape)
}

/** Blocks of input and output channels innermost, [O / b, I / b, kH, kW, b, b]. */
export function blockFilter(weight: Value, block: number): Value {
  const [o, i, kH, kW] = shapeOf(weight)
  const lines = reshape(blockOutputs(weight, block), [(o * i) / block ** 2, block, kH * kW, block])
  return reshape(transpose(lines, [0, 2, 1, 3]), weight.shape)
}

/** A weight with filters and channels of zeros behind its own, up to whole blocks of both. */
export function fillBlocks(weight: Value, block: number): Value {
  const [o, i] = shapeOf(weight)
  const lacking = (count: number) => [0, (block - (count % block)) % block] as const
  return pad(weight, [lacking(o), lacking(i), [0, 0], [0, 0]])
}

/** Rows and columns of a kernel, in lists that rise or fall by equal steps. */
export type Taps = readonly [rows: readonly number[], columns: readonly number[]]

/** Some taps of depthwise filters [C, 1, kH, kW], in that order, blocked: [C / b, ..., b]. */
export const depthwiseFilter = (weight: Value, [rows, columns]: Taps, block: number): Value =>
  blockOutputs(takeTaps(takeTaps(weight, 2, rows), 3, columns), block)

/**
 * The filter of the input gradient, with input and output channels exchanged: [I / b, O / b, ..., b, b], of some of its taps.
 * @param channelsInner the weight after {@link blockInputs}.
 */
export function exchangedFilter(channelsInner: Value, [rows, columns]: Taps, block: number): Value {
  const [o, i, kH, kW] = shapeOf(channelsInner)
  const taps = takeTaps(takeTaps(reshape(channelsInner, [o, i / block, kH, kW, block]), 2, rows), 3, columns)
  const split = reshape(taps, [o / block, block, i / block, rows.length * columns.length, block])
  return reshape(transpose(split, [2, 0, 3, 1, 4]), [i, o, rows.length, columns.length])
}

/** Blocks of input channels innermost, [O, I / b, kH, kW, b]. */
export const blockInputs = (weight: Value): Value => reorderInput(weight)

/** The opposite of {@link blockInputs}. */
export const unblockInputs = (weight: Value): Value => reorderOutput(weight)

/** The elements at `taps` along an axis. */
function takeTaps(x: Value, axis: number, taps: readonly number[]): Value {
  const [from, second = taps[0]! + 1] = taps as [number, number?]
  const step = second - from
  if (step === 1 && taps.length === x.shape[axis]) return x
  const end = from + step * taps.length
  const beyond = -x.shape[axis]! - 1 // what a slice backwards to the very start ends at
  return slice(x, { axes: [axis], starts: [from], ends: [end < 0 ? beyond : end], steps: [step] })
}
