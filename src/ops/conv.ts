import { ensure, formatShape, type Shape } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { convInputGrad, convWeightGrad } from './conv-grad.ts'
import { apply, defineOperator, expectFloat, expectSameDType } from './define.ts'
import { sum } from './reduce.ts'
import {
  extent,
  type WindowAttrs,
  type WindowOptions,
  windowAttributes,
  windowCounts,
  windowFrom,
  windowOf,
} from './window.ts'

type Inputs = [x: Value, weight: Value, bias?: Value]
export interface ConvAttrs extends WindowAttrs {
  group?: number
}

/** The shape of the convolution of x [N, C, ...] with a weight [O, C / group, ...]; throws a sentence if they do not fit. */
export function convShape(x: Shape, weight: Shape, attrs: ConvAttrs): number[] {
  const { group = 1 } = attrs
  ensure(
    x.length >= 3 && weight.length === x.length,
    `expected an input [N, C, spatial...] and a weight [O, C / group, kernel...], got ${formatShape(x)} and ${formatShape(weight)}`,
  )
  const [n, channels] = x as [number, number]
  const [out, perGroup] = weight as [number, number]
  ensure(
    channels === perGroup * group,
    `a weight ${formatShape(weight)} in ${group} group${group === 1 ? '' : 's'} needs ${perGroup * group} input channels, got ${channels}`,
  )
  ensure(out % group === 0, `${out} output channels cannot be divided into ${group} groups`)
  return [n, out, ...windowCounts(x.slice(2), windowOf(attrs, weight.slice(2)))]
}

function checkBias(bias: Value | undefined, channels: number): void {
  ensure(
    !bias || (bias.rank === 1 && bias.shape[0] === channels),
    `expected a bias [${channels}], got ${bias && formatShape(bias.shape)}`,
  )
}

/** The sum over the batch and all spatial axes: [N, C, ...] -> [C]. */
export const sumPerChannel = (x: Value): Value =>
  sum(x, { axes: x.shape.flatMap((_, i) => (i === 1 ? [] : [i])) })

const convOperator = defineOperator<Inputs, ConvAttrs>({
  type: 'Conv',
  doc: 'Convolution (cross-correlation) over one or more spatial axes.',
  attributes: { ...windowAttributes, group: 'int' },
  float64: false,
  infer([x, weight, bias], attrs) {
    expectSameDType(x, weight, bias)
    expectFloat(x)
    const shape = convShape(x.shape, weight.shape, attrs)
    checkBias(bias, weight.shape[0]!)
    return [{ dtype: x.dtype, shape }]
  },
  grad(dy, { inputs: [x, weight, bias], attrs }) {
    return [
      convInputGrad(dy, weight, x.shape, attrs),
      convWeightGrad(x, dy, weight.shape.slice(2), attrs),
      bias && sumPerChannel(dy),
    ]
  },
})

export interface ConvOptions extends WindowOptions {
  /** Added to each output channel: [O]. */
  bias?: Value
  /** Channels are divided into this many groups that do not see each other (default 1). */
  group?: number
}

/**
 * Convolution of x [N, C, ...spatial] with weight [O, C / group, ...kernel] (not flipped, as everywhere in deep learning).
 * @returns [N, O, ...], of size floor((n + pads - dilation (kernel - 1) - 1) / stride) + 1 along each spatial axis.
 * @throws naming both shapes if the channels do not fit, or the kernel is larger than the padded input.
 */
export function conv(x: Value, weight: Value, { bias, group = 1, ...options }: ConvOptions = {}): Value {
  const attrs = { ...windowFrom(weight.shape.slice(2), options), group }
  return apply(convOperator, bias ? [x, weight, bias] : [x, weight], attrs)
}

interface TransposeAttrs extends ConvAttrs {
  output_padding?: readonly number[]
}

function convTransposeShape(x: Shape, weight: Shape, attrs: TransposeAttrs): number[] {
  const { group = 1 } = attrs
  ensure(
    x.length >= 3 && weight.length === x.length,
    `expected an input [N, C, spatial...] and a weight [C, O / group, kernel...], got ${formatShape(x)} and ${formatShape(weight)}`,
  )
  const channels = x[1]!
  ensure(
    weight[0] === channels && channels % group === 0,
    `a weight ${formatShape(weight)} needs ${weight[0]} input channels in ${group} groups, got ${channels}`,
  )
  const window = windowOf(attrs, weight.slice(2))
  const axes = window.strides.length
  const more = attrs.output_padding ?? new Array<number>(axes).fill(0)
  const spatial = window.strides.map((stride, i) => {
    ensure(
      more[i]! >= 0 && more[i]! < stride,
      `output_padding ${more[i]} along spatial axis ${i} must be less than the stride ${stride}`,
    )
    const pads = window.pads[i]! + window.pads[i + axes]!
    const size = stride * (x[i + 2]! - 1) + extent(window, i) + more[i]! - pads
    ensure(size >= 0, `pads ${pads} take more than there is along spatial axis ${i}`)
    return size
  })
  return [x[0]!, weight[1]! * group, ...spatial]
}

const convTransposeOperator = defineOperator<Inputs, TransposeAttrs>({
  type: 'ConvTranspose',
  doc: 'Transposed convolution: what the gradient of a convolution does to its output.',
  attributes: { ...windowAttributes, group: 'int', output_padding: 'ints' },
  float64: false,
  infer([x, weight, bias], attrs) {
    expectSameDType(x, weight, bias)
    expectFloat(x)
    const shape = convTransposeShape(x.shape, weight.shape, attrs)
    checkBias(bias, shape[1]!)
    return [{ dtype: x.dtype, shape }]
  },
  grad(dy, { inputs: [x, weight, bias], attrs: { output_padding: _, ...attrs } }) {
    const window = windowOf(attrs, weight.shape.slice(2))
    return [
      conv(dy, weight, { ...window, group: attrs.group ?? 1 }),
      convWeightGrad(dy, x, window.kernel_shape, attrs),
      bias && sumPerChannel(dy),
    ]
  },
})

export interface ConvTransposeOptions extends ConvOptions {
  /** Elements added at the end of each spatial axis, fewer than the stride (default 0). */
  outputPadding?: number | readonly number[]
}

/**
 * Transposed convolution of x [N, C, ...] with weight [C, O / group, ...kernel]; PyTorch's conv_transpose.
 * @returns [N, O, ...], of size stride (n - 1) + dilation (kernel - 1) + 1 + outputPadding - pads along each spatial axis.
 */
export function convTranspose(x: Value, weight: Value, options: ConvTransposeOptions = {}): Value {
  const { bias, group = 1, outputPadding = 0, ...rest } = options
  const window = windowFrom(weight.shape.slice(2), rest)
  const output_padding =
    typeof outputPadding === 'number' ? window.strides.map(() => outputPadding) : outputPadding
  return apply(convTransposeOperator, bias ? [x, weight, bias] : [x, weight], {
    ...window,
    group,
    output_padding,
  })
}
