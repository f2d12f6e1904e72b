import { sizeOf } from '../../core/index.ts'
import { constant, type Node, type Value } from '../../graph/index.ts'
import {
  type ConvOptions,
  concat,
  conv,
  crop,
  expand,
  reshape,
  sum,
  transpose,
  unreached,
  type Window,
  windowOf,
} from '../../ops/index.ts'
import type { BlockedRule } from './blocked.ts'
import { affine } from './channels.ts'
import { blockFilter, blockInputs, blockOutputs, exchangedFilter, unblockInputs } from './filters.ts'
import { blockedConv } from './kernels.ts'
import type { Layouts } from './layouts.ts'
import { winogradConv, winogradInputGrad, winogradOf, winogradWeightGrad } from './winograd.ts'

interface Geometry extends Window {
  readonly group: number
}

function geometryOf({ attrs }: Node, kernel: readonly number[]): Geometry {
  return { ...windowOf(attrs, kernel), group: (attrs.group as number | undefined) ?? 1 }
}

/** Forward: starts the blocked layout, also from an input of less than a block of channels, such as a picture. */
export const convRule: BlockedRule = (node, layouts) => {
  const [x, weight, bias] = node.inputs as [Value, Value, Value?]
  const [o, i, ...kernel] = weight.shape as [number, number, ...number[]]
  const { group, ...window } = geometryOf(node, kernel)
  if (x.dtype !== 'float32' || x.rank !== 4 || !layouts.fits(o)) return undefined
  const filter = layouts.plain(weight)
  const added = bias && layouts.plain(bias)
  const { block } = layouts
  if (group === 1 && layouts.fits(i)) {
    const winograd = winogradOf(x.shape, weight.shape, window)
    if (winograd) {
      const y = winogradConv(x, weight, winograd, layouts)
      return [{ blocked: added ? affine(y, { shift: added }) : y }]
    }
    return [{ blocked: blockedConv([layouts.blocked(x), blockFilter(filter, block), added], window) }]
  }
  const depthwise = group === o && i === 1
  if (!depthwise && (group !== 1 || i >= block)) return undefined
  const image = depthwise ? layouts.blocked(x) : layouts.plain(x)
  return [{ blocked: blockedConv([image, blockOutputs(filter, block), added], { ...window, group }) }]
}

/**
 * The input gradient as ordinary convolutions of dy: one for each phase of the stride, since an input element at an even
 * place only ever met every second tap of the kernel. With stride 1 that is the flipped kernel as a whole.
 */
export const convInputGradRule: BlockedRule = (node, layouts) => {
  const [dy, weight] = node.inputs as [Value, Value]
  const [o, i, ...kernel] = weight.shape as [number, number, ...number[]]
  const { group, dilations, strides, pads } = geometryOf(node, kernel)
  const shape = node.outputs[0]!.shape
  if (group !== 1 || dy.rank !== 4 || !layouts.canBlock(dy) || !layouts.fits(o) || !layouts.fits(i))
    return undefined
  const winograd = winogradOf(shape, weight.shape, { kernel_shape: kernel, strides, pads, dilations })
  if (winograd) return [{ blocked: winogradInputGrad(dy, weight, winograd, layouts) }]
  if (dilations.some((d) => d !== 1) || shape.slice(2).some((n, a) => n !== dy.shape[a + 2]! * strides[a]!)) {
    return undefined
  }
  const axes = [0, 1].map((a) => phasesOf(kernel[a]!, strides[a]!, pads[a]!))
  if (axes.flat().some(({ before, after }) => before < 0 || after < 0)) return undefined

  const filter = blockInputs(layouts.plain(weight))
  const rows = axes[0]!.map((row) =>
    axes[1]!.map((column) => phase(layouts.blocked(dy), filter, row, column, layouts)),
  )
  return [{ blocked: interleave(rows, shape, layouts.block) }]
}

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
function phase(dy: Value, channelsInner: Value, row: Phase, column: Phase, { block }: Layouts): Value {
  if (row.taps.length === 0 || column.taps.length === 0) {
    return expand(constant(0), [dy.shape[0]!, channelsInner.shape[1]!, dy.shape[2]!, dy.shape[3]!])
  }
  const filter = exchangedFilter(channelsInner, row.taps, column.taps, block)
  const pads = [row.before, column.before, row.after, column.after]
  return blockedConv([dy, filter], { kernel_shape: [row.taps.length, column.taps.length], pads })
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

/**
 * The weight gradient as one convolution whose "image" is x, channels innermost, and whose "kernel" is dy. Its
 * output places are the kernel's taps times the inner channels, so the work becomes large matrix products.
 */
export const convWeightGradRule: BlockedRule = (node, layouts) => {
  const [x, dy] = node.inputs as [Value, Value]
  if (x.dtype !== 'float32' || x.rank !== 4) return undefined
  const [o, i, kH, kW] = node.outputs[0]!.shape as [number, number, number, number]
  const { group, dilations, strides, pads } = geometryOf(node, [kH, kW])
  if (group !== 1 || dilations.some((d) => d !== 1)) return undefined
  const [n, , height, width] = x.shape as [number, number, number, number]
  const isBlock = layouts.canBlock(x)
  const winograd = winogradOf(x.shape, [o, i, kH, kW], { kernel_shape: [kH, kW], strides, pads, dilations })
  if (winograd && isBlock && layouts.canBlock(dy)) {
    return [{ plain: winogradWeightGrad(x, dy, winograd, layouts) }]
  }
  const inner = isBlock ? layouts.block : i
  const outer = i / inner
  const channelsInner = isBlock ? layouts.blocked(x) : transpose(layouts.plain(x), [0, 2, 3, 1])
  const image = reshape(channelsInner, [1, n, outer, height, width * inner])
  // What no window reached must not become taps: it is left out of the padding, or of the image.
  const beyond = unreached([height, width], { kernel_shape: [kH, kW], strides, pads, dilations })
  const rest = [pads[2]! - beyond[0]!, pads[3]! - beyond[1]!] as const
  const reached = crop(
    image,
    [0, 0, 0, 0, 0],
    [...[1, n, outer], height + Math.min(0, rest[0]), (width + Math.min(0, rest[1])) * inner],
  )
  const taps = correlate(reached, layouts.plain(dy), {
    dilations: [1, strides[0]!, strides[1]! * inner],
    pads: [0, pads[0]!, pads[1]! * inner, 0, Math.max(0, rest[0]), Math.max(0, rest[1]) * inner],
  }) // [1, O, outer, kH, kW inner]
  const weight = isBlock
    ? unblockInputs(reshape(taps, [o, i, kH, kW]))
    : reshape(transpose(reshape(taps, [o, kH, kW, i]), [0, 3, 1, 2]), [o, i, kH, kW])
  return [{ plain: weight }]
}

/** Above this many places in dy, images are correlated one by one: together their unfolded form would leave the cache. */
const LARGE_IMAGE = 256

/** An image [1, N, ...] with dy [N, O, h, w] as its kernel, summed over the batch: [1, O, ...]. */
function correlate(image: Value, dy: Value, options: ConvOptions): Value {
  const [n, o, h, w] = dy.shape as [number, number, number, number]
  if (h * w <= LARGE_IMAGE) {
    return conv(image, reshape(transpose(dy, [1, 0, 2, 3]), [o, n, 1, h, w]), options)
  }
  const each = conv(image, reshape(dy, [n * o, 1, 1, h, w]), { ...options, group: n }) // [1, N O, ...]
  const total = sum(reshape(each, [n, sizeOf(each.shape) / n]), { axes: 0 })
  return reshape(total, [1, o, ...each.shape.slice(2)])
}
