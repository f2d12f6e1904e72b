import { ensure, formatShape, type Shape, sameShape } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { type ConvAttrs, conv, convShape, convTranspose } from './conv.ts'
import { apply, defineOperator, expectSameDType } from './define.ts'
import { reshape, transpose } from './shape.ts'
import { crop } from './slice.ts'
import { unreached, windowAttributes, windowOf } from './window.ts'

// A convolution y = Conv(x, w) is linear in x and in w. These are its two adjoints; the gradients of all three are made of
// the same three, so the family is closed under differentiation, and one lowering of each serves every order.

interface InputGradAttrs extends ConvAttrs {
  input_shape: readonly number[]
}

const inputGradOperator = defineOperator<[dy: Value, weight: Value], InputGradAttrs>({
  type: 'ConvInputGrad',
  domain: 'gradus',
  doc: 'The gradient of a convolution with respect to its input.',
  attributes: { ...windowAttributes, group: 'int', input_shape: 'ints' },
  float64: false,
  infer([dy, weight], attrs) {
    expectSameDType(dy, weight)
    expectOutput(dy, convShape(attrs.input_shape, weight.shape, attrs))
    return [{ dtype: dy.dtype, shape: attrs.input_shape }]
  },
  expand([dy, weight], attrs) {
    const window = windowOf(attrs, weight.shape.slice(2))
    const outputPadding = unreached(attrs.input_shape.slice(2), window)
    return [convTranspose(dy, weight, { ...window, group: attrs.group ?? 1, outputPadding })]
  },
  grad: (dx, { inputs: [dy, weight], attrs }) => [
    convLike(dx, weight, attrs),
    convWeightGrad(dx, dy, weight.shape.slice(2), attrs),
  ],
})

/**
 * The gradient of `conv(x, weight)` with respect to x.
 * @param dy the gradient of the output [N, O, ...].
 * @param inputShape the shape of x.
 * @param attrs the attributes of the convolution.
 */
export function convInputGrad(dy: Value, weight: Value, inputShape: Shape, attrs: ConvAttrs): Value {
  const window = windowOf(attrs, weight.shape.slice(2))
  return apply(inputGradOperator, [dy, weight], {
    ...window,
    group: attrs.group ?? 1,
    input_shape: inputShape,
  })
}

const weightGradOperator = defineOperator<
  [x: Value, dy: Value],
  ConvAttrs & { kernel_shape: readonly number[] }
>({
  type: 'ConvWeightGrad',
  domain: 'gradus',
  doc: 'The gradient of a convolution with respect to its weight.',
  attributes: { ...windowAttributes, group: 'int' },
  float64: false,
  infer([x, dy], attrs) {
    expectSameDType(x, dy)
    const { group = 1, kernel_shape } = attrs
    const shape = [dy.shape[1] ?? 0, (x.shape[1] ?? 0) / group, ...kernel_shape]
    expectOutput(dy, convShape(x.shape, shape, attrs))
    return [{ dtype: x.dtype, shape }]
  },
  expand: ([x, dy], attrs) => [correlate(x, dy, attrs)],
  grad: (dw, { inputs: [x, dy], attrs }) => [convInputGrad(dy, dw, x.shape, attrs), convLike(x, dw, attrs)],
})

/**
 * The gradient of `conv(x, weight)` with respect to the weight [O, C / group, ...kernel].
 * @param dy the gradient of the output [N, O, ...].
 * @param kernel the spatial shape of the weight.
 * @param attrs the attributes of the convolution.
 */
export function convWeightGrad(x: Value, dy: Value, kernel: Shape, attrs: ConvAttrs): Value {
  const window = windowOf(attrs, kernel)
  return apply(weightGradOperator, [x, dy], { ...window, group: attrs.group ?? 1 })
}

function expectOutput(dy: Value, expected: Shape): void {
  ensure(
    sameShape(dy.shape, expected),
    `expected an output gradient ${formatShape(expected)}, got ${formatShape(dy.shape)}`,
  )
}

const convLike = (x: Value, weight: Value, attrs: ConvAttrs): Value =>
  conv(x, weight, { ...windowOf(attrs, weight.shape.slice(2)), group: attrs.group ?? 1 })

/**
 * The weight gradient as a convolution of x with dy where batch and channels trade places, and strides and dilations.
 * A group of channels of x becomes a group of "batch" channels: [N, G C, ...] -> [C, G N, ...].
 */
function correlate(x: Value, dy: Value, attrs: ConvAttrs & { kernel_shape: readonly number[] }): Value {
  const { group = 1, kernel_shape: kernel } = attrs
  const window = windowOf(attrs, kernel)
  const [n, channels, ...spatial] = x.shape as [number, number, ...number[]]
  const perGroup = channels / group
  const axes = spatial.map((_, i) => i)
  const grouped = transpose(reshape(x, [n, group, perGroup, ...spatial]), [
    2,
    1,
    0,
    ...axes.map((i) => i + 3),
  ])
  const swapped = [1, 0, ...axes.map((i) => i + 2)]
  const products = conv(reshape(grouped, [perGroup, group * n, ...spatial]), transpose(dy, swapped), {
    strides: window.dilations,
    dilations: window.strides,
    pads: window.pads,
    group,
  }) // [C / group, O, ...kernel and what the windows did not reach]
  const starts = new Array<number>(x.rank).fill(0)
  return transpose(crop(products, starts, [...products.shape.slice(0, 2), ...kernel]), swapped)
}
