import { constant, type Value } from '../../graph/index.ts'
import { concat, expand, reshape } from '../../ops/index.ts'
import type { BlockedRule } from './blocked.ts'
import { geometryOf } from './blocked-conv.ts'
import { blockInputs, depthwiseFilter, exchangedFilter, fillBlocks, type Taps } from './filters.ts'
import { blockedConv } from './kernels.ts'
import { narrowInputGrad } from './narrow.ts'
import { winogradInputGrad, winogradOf } from './winograd.ts'

/**
 * The input gradient as ordinary convolutions of dy: one for each phase of the stride, since an input element at an even
 * place only ever met every second tap of the kernel. With stride 1 that is the flipped kernel as a whole.
 */
export const convInputGradRule: BlockedRule = (node, layouts) => {
  const [dy, weight] = node.inputs as [Value, Value]
  const [o, i, ...kernel] = weight.shape as [number, number, ...number[]]
  const { group, dilations, strides, pads } = geometryOf(node, kernel)
  const shape = node.outputs[0]!.shape
  const depthwise = group === o && i === 1
  if (dy.rank !== 4 || dy.dtype !== 'float32') return undefined
  const isFilled = layouts.mustFill(weight.shape, group)
  if (!isFilled) {
    if (!layouts.canBlock(dy) || !layouts.fits(o)) return undefined
    if (group === 1 && i < layouts.block) return narrowInputGrad(node, layouts)
    if (!layouts.fits(shape[1]!) || (group !== 1 && !depthwise)) return undefined
    const winograd = winogradOf(shape, weight.shape, { kernel_shape: kernel, strides, pads, dilations })
    if (winograd) return [{ blocked: winogradInputGrad(dy, weight, winograd, layouts) }]
  }
  if (dilations.some((d) => d !== 1) || shape.slice(2).some((n, a) => n !== dy.shape[a + 2]! * strides[a]!)) {
    return undefined
  }
  const axes = [0, 1].map((a) => phasesOf(kernel[a]!, strides[a]!, pads[a]!))
  if (axes.flat().some(({ before, after }) => before < 0 || after < 0)) return undefined

  const { block } = layouts
  const plain = isFilled ? fillBlocks(layouts.plain(weight), block) : layouts.plain(weight)
  const images = layouts.blockedWhole(dy)
  const channels = layouts.whole(shape[1]!)
  const inner = depthwise ? undefined : blockInputs(plain)
  const filterOf: FilterOf = (taps) =>
    inner ? exchangedFilter(inner, taps, block) : depthwiseFilter(plain, taps, block)
  const rows = axes[0]!.map((row) =>
    axes[1]!.map((column) => phase(images, channels, filterOf, { row, column, group })),
  )
  const dx = interleave(rows, [shape[0]!, channels, ...shape.slice(2)], block)
  return [layouts.only(dx, shape[1]!)]
}

/** The filter of the taps in these rows and columns. */
type FilterOf = (taps: Taps) => Value

/** Along one axis: the taps of the kernel that meet the places `phase`, `phase + stride`, ... and the padding of dy. */
interface Phase {
  readonly taps: readonly number[]
  readonly before: number
  readonly after: number
}

function phasesOf(kernel: number, stride: number, pad: number): Phase[] {
  return Array.from({ length: stride }, (_, phase) => {
    const first = (phase + pad) % stride
    const taps = Array.from({ length: kernel }, (_, k) => k)
      .filter((k) => k % stride === first)
      .reverse()
    const after = (phase + pad - first) / stride
    return taps.length === 0
      ? { taps, before: 0, after: 0 }
      : { taps, before: taps.length - 1 - after, after }
  })
}

/** dy [N, O, h, w] with the part of the kernel that belongs to one phase: [N, I, h, w]. */
function phase(
  dy: Value,
  channels: number,
  filterOf: FilterOf,
  { row, column, group }: { row: Phase; column: Phase; group: number },
): Value {
  const [n, , height, width] = dy.shape as [number, number, number, number]
  if (row.taps.length === 0 || column.taps.length === 0)
    return expand(constant(0), [n, channels, height, width])
  const pads = [row.before, column.before, row.after, column.after]
  const kernel_shape = [row.taps.length, column.taps.length]
  return blockedConv([dy, filterOf([row.taps, column.taps])], { kernel_shape, pads, group })
}

/** The phases' images [N, I, h, w] put together to [N, I, sH h, sW w], all blocked. */
function interleave(rows: readonly (readonly Value[])[], shape: readonly number[], block: number): Value {
  const [n, i, height, width] = shape as [number, number, number, number]
  if (rows.length === 1 && rows[0]!.length === 1) return rows[0]![0]!
  const [h, w] = [height / rows.length, width / rows[0]!.length]
  const planes = (n * i) / block
  const lines = rows.map((columns) =>
    reshape(
      concat(
        columns.map((x) => reshape(x, [planes, h, w, block])),
        { axis: 3 },
      ),
      [planes, h, width * block],
    ),
  )
  return reshape(concat(lines, { axis: 2 }), shape)
}
