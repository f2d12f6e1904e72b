import { sizeOf } from '../../core/index.ts'
import type { Node, Value } from '../../graph/index.ts'
import { type ConvOptions, conv, crop, reshape, sum, transpose, unreached } from '../../ops/index.ts'
import type { BlockedRule } from './blocked.ts'
import { geometryOf } from './blocked-conv.ts'
import { unblockInputs } from './filters.ts'
import { grayWeightGrad, isGray } from './gray.ts'
import { blockedConv, reorderOutput } from './kernels.ts'
import type { Layouts, Placed } from './layouts.ts'
import { winogradOf, winogradWeightGrad } from './winograd.ts'

/**
 * The weight gradient as one convolution whose "image" is x, channels innermost, and whose "kernel" is dy. Its
 * output places are the kernel's taps times the inner channels, so the work becomes large matrix products.
 */
export const convWeightGradRule: BlockedRule = (node, layouts) => {
  const [x, dy] = node.inputs as [Value, Value]
  if (x.dtype !== 'float32' || x.rank !== 4) return undefined
  const [o, i, kH, kW] = node.outputs[0]!.shape as [number, number, number, number]
  const { group, dilations, strides, pads } = geometryOf(node, [kH, kW])
  if (dilations.some((d) => d !== 1)) return undefined
  if (group === o && i === 1) return depthwiseWeightGrad(node, layouts)
  if (group !== 1) return undefined
  if (isGray(x, node.outputs[0]!.shape, group, layouts)) return grayWeightGrad(node, layouts)
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

/**
 * For depthwise convolutions: the blocked layout of images [N, C, H, W] is also that of one image with N C channels. With
 * dy as its depthwise kernel the results are the gradients of all images, one for each tap.
 */
function depthwiseWeightGrad(node: Node, layouts: Layouts): readonly Placed[] | undefined {
  const [x, dy] = node.inputs as [Value, Value]
  const [o, , kH, kW] = node.outputs[0]!.shape as [number, number, number, number]
  if (x.shape[1] !== o || !layouts.canBlock(x) || !layouts.canBlock(dy)) return undefined
  const { strides, pads, dilations } = geometryOf(node, [kH, kW])
  const [n, , height, width] = x.shape as [number, number, number, number]
  const beyond = unreached([height, width], { kernel_shape: [kH, kW], strides, pads, dilations })
  const [below, right] = [pads[2]! - beyond[0]!, pads[3]! - beyond[1]!]
  if (below < 0 || right < 0) return undefined
  const kernel_shape = dy.shape.slice(2)
  const image = reshape(layouts.blocked(x), [1, n * o, height, width])
  const filter = reshape(layouts.blocked(dy), [n * o, 1, ...kernel_shape])
  const each = blockedConv([image, filter], {
    kernel_shape,
    dilations: strides,
    pads: [pads[0]!, pads[1]!, below, right],
    group: n * o,
  })
  const total = sum(reshape(each, [n, o * kH * kW]), { axes: 0 })
  return [{ plain: reshape(reorderOutput(reshape(total, [1, o, kH, kW])), [o, 1, kH, kW]) }]
}
