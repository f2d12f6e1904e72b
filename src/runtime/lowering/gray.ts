import { sizeOf } from '../../core/index.ts'
import type { Node, Value } from '../../graph/index.ts'
import { expand, pad, reshape, sum, unreached } from '../../ops/index.ts'
import type { BlockedRule } from './blocked.ts'
import { geometryOf } from './blocked-conv.ts'
import { blockedConv, reorderInput } from './kernels.ts'
import type { Layouts, Placed } from './layouts.ts'

// Convolutions of images of one channel, which no block of channels can be made of. Blocks of images take their place: every filter
// works on all of them alike, as a depthwise convolution of the images, once for each filter.

/** Whether a convolution of images x with this weight can be done on blocks of images. */
export const isGray = (x: Value, weight: readonly number[], group: number, layouts: Layouts): boolean =>
  group === 1 && weight[1] === 1 && layouts.canTurn(x)

/** Forward. Filters in whole blocks are faster in the blocked layout. */
export const grayConvRule: BlockedRule = (node, layouts) => {
  const [x, weight, bias] = node.inputs as [Value, Value, Value?]
  const [o, , ...kernel] = weight.shape as [number, number, ...number[]]
  const { group, strides, dilations } = geometryOf(node, kernel)
  if (x.dtype !== 'float32' || x.rank !== 4 || layouts.fits(o) || !isGray(x, weight.shape, group, layouts))
    return undefined
  const { block } = layouts
  const taps = sizeOf(kernel)
  const filter = expand(reshape(layouts.plain(weight), [o, taps, 1]), [o, taps, block])
  const offset = bias && expand(reshape(layouts.plain(bias), [o, 1]), [o, block])
  const inputs = [
    imagesFor(node, weight.shape, layouts),
    reshape(filter, [o * block, 1, ...kernel]),
    offset && reshape(offset, [o * block]),
  ] as const
  return [
    { turned: blockedConv([...inputs], { kernel_shape: kernel, strides, dilations, group: o * block }) },
  ]
}

/** The gradient of the weight: with dy as the depthwise kernel the results are the gradients of all images. */
export function grayWeightGrad(node: Node, layouts: Layouts): readonly Placed[] {
  const [x, dy] = node.inputs as [Value, Value]
  const { shape } = node.outputs[0]!
  const [o, , kH, kW] = shape as [number, number, number, number]
  const { strides } = geometryOf(node, [kH, kW])
  const [n] = x.shape as [number]
  const images = imagesFor(node, shape, layouts)
  const each = reshape(images, [1, n * o, ...images.shape.slice(2)])
  const kernel_shape = dy.shape.slice(2)
  const filter = reshape(layouts.turned(dy), [n * o, 1, ...kernel_shape])
  const taps = blockedConv([each, filter], { kernel_shape, dilations: strides, group: n * o })
  const total = sum(reshape(taps, [n / layouts.block, o * kH * kW, layouts.block]), { axes: [0, 2] })
  return [{ plain: reshape(total, shape) }]
}

/** The images, padded, in the turned layout, once for each filter: [N / block, O block, H, W]. */
function imagesFor(node: Node, weight: readonly number[], layouts: Layouts): Value {
  const x = node.inputs[0]!
  const [o, , ...kernel] = weight as [number, number, ...number[]]
  const { strides, pads, dilations } = geometryOf(node, kernel)
  const beyond = unreached(x.shape.slice(2), { kernel_shape: kernel, strides, pads, dilations })
  const sides = kernel.map((_, a) => [pads[a]!, pads[a + 2]! - beyond[a]!] as const)
  return layouts.once(`${o} filters, padded ${sides.join()}`, [x], () => {
    const { block } = layouts
    const [n] = x.shape as [number]
    const [height, width] = x.shape.slice(2).map((length, a) => length + sides[a]![0] + sides[a]![1])
    const size = height! * width!
    const padded = pad(layouts.plain(x), [[0, 0], [0, 0], ...sides])
    const lanes = reorderInput(reshape(padded, [n / block, block, 1, size]))
    const copies = expand(reshape(lanes, [n / block, 1, size * block]), [n / block, o, size * block])
    return reshape(copies, [n / block, o * block, height!, width!])
  })
}
