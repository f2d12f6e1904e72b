import type { Node, Value } from '../../graph/index.ts'
import { concat, pad, reshape, slice, transpose } from '../../ops/index.ts'
import { geometryOf } from './blocked-conv.ts'
import { blockFilter, fillBlocks } from './filters.ts'
import { blockedConv, reorderOutput } from './kernels.ts'
import type { Layouts, Placed } from './layouts.ts'

/**
 * The input gradient of a convolution of fewer channels than a block has. Several rows that follow one another take the place of the
 * missing channels: the convolution moves by so many rows at a time, and has a filter for each, shifted by a row from one to the next.
 */
export function narrowInputGrad(node: Node, layouts: Layouts): readonly Placed[] | undefined {
  const [dy, weight] = node.inputs as [Value, Value]
  const [, , kH, kW] = weight.shape as [number, number, number, number]
  const [n, i, height, width] = node.outputs[0]!.shape as [number, number, number, number]
  const { dilations, strides, pads } = geometryOf(node, [kH, kW])
  if ([...strides, ...dilations].some((d) => d !== 1)) return undefined
  const around = [kH, kW, kH, kW].map((taps, side) => taps - 1 - pads[side]!)
  if (Math.min(...around) < 0) return undefined
  const rows = rowsAtOnce(height, kH, i, layouts.block)
  const y = blockedConv([layouts.blocked(dy), shiftedFilters(layouts.plain(weight), rows, layouts.block)], {
    kernel_shape: [kH + rows - 1, kW],
    strides: [rows, 1],
    pads: around,
  })
  const parts = reshape(reorderOutput(y, rows * i), [n, rows, i, height / rows, width])
  return [{ plain: reshape(transpose(parts, [0, 2, 3, 1, 4]), [n, i, height, width]) }]
}

/** How many rows to compute together: each fills channels that were empty, but the filters get higher with it. */
function rowsAtOnce(height: number, kernel: number, channels: number, block: number): number {
  const cost = (rows: number) => (kernel + rows - 1) / rows
  const possible = Array.from({ length: Math.floor(block / channels) }, (_, k) => k + 1)
  return possible.filter((rows) => height % rows === 0).reduce((a, b) => (cost(b) < cost(a) ? b : a))
}

/** The flipped filters with input and output channels exchanged, once for each row and a row lower each time, in a whole block. */
function shiftedFilters(weight: Value, rows: number, block: number): Value {
  const [, , kH, kW] = weight.shape as [number, number, number, number]
  const flipped = slice(weight, {
    axes: [2, 3],
    starts: [kH - 1, kW - 1],
    ends: [-kH - 1, -kW - 1],
    steps: [-1, -1],
  })
  const exchanged = transpose(flipped, [1, 0, 2, 3]) // [I, O, kH, kW]
  const none = [0, 0] as const
  const shifted = Array.from({ length: rows }, (_, row) =>
    pad(exchanged, [none, none, [row, rows - 1 - row], none]),
  )
  return blockFilter(fillBlocks(concat(shifted), block), block)
}
