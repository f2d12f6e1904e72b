import { ensure, ensureKnownOptions } from '../../core/index.ts'
import { conv } from '../../ops/index.ts'
import { expectInput, expectWhole, perAxis } from '../expect.ts'
import { defineLayer, type Initializer, type LayerSpec, type ParamSpec } from '../layer.ts'
import { bias, weight } from '../params.ts'

/** `Size` is one number for all spatial axes, or one for each. */
export interface ConvOptions<Size> {
  /** Steps between windows (default 1). */
  stride?: Size
  /** Zeros put on both sides (default 0). */
  padding?: Size
  /** Steps between the taps of the kernel (default 1). */
  dilation?: Size
  /** Groups of channels that do not see each other (default 1); must divide both channel counts. */
  groups?: number
  /** Whether an offset per channel is added (default true); useless right before a batch norm. */
  bias?: boolean
  /** How the weight starts (default Kaiming normal by fan in). */
  init?: Initializer
}

/** One number for height and width, or [height, width]. */
export type Size2d = number | readonly [height: number, width: number]

const source = 'LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998'

/**
 * Convolution (cross-correlation) along one axis: [N, in, L] -> [N, out, L'].
 *
 * Parameters: `weight` [out, in / groups, k], `bias` [out].
 * @throws for options out of range; when the graph is built, for an input of another layout.
 */
export const conv1d = defineLayer(
  'conv1d',
  (inChannels: number, outChannels: number, kernel: number, options: ConvOptions<number> = {}) =>
    convolution('conv1d', 1, inChannels, outChannels, kernel, options),
  {
    doc: 'Convolution along one axis.',
    source,
    examples: [
      { name: 'padded', args: [3, 4, 3, { padding: 1 }], input: [2, 3, 7] },
      { name: 'strided, dilated', args: [3, 4, 3, { stride: 2, dilation: 2 }], input: [2, 3, 9] },
    ],
  },
)

/**
 * Convolution (cross-correlation) over images: [N, in, H, W] -> [N, out, H', W'].
 *
 * Parameters: `weight` [out, in / groups, kH, kW], `bias` [out].
 * @throws for options out of range; when the graph is built, for an input of another layout.
 */
export const conv2d = defineLayer(
  'conv2d',
  (inChannels: number, outChannels: number, kernel: Size2d, options: ConvOptions<Size2d> = {}) =>
    convolution('conv2d', 2, inChannels, outChannels, kernel, options),
  {
    doc: 'Convolution over images.',
    source,
    examples: [
      { name: '3x3, padded', args: [3, 4, 3, { padding: 1 }], input: [2, 3, 5, 5] },
      { name: 'strided, without bias', args: [3, 4, 3, { stride: 2, bias: false }], input: [2, 3, 8, 6] },
      { name: 'grouped', args: [4, 6, 3, { groups: 2 }], input: [2, 4, 5, 5] },
    ],
  },
)

function convolution(
  type: string,
  axes: 1 | 2,
  inChannels: number,
  outChannels: number,
  kernel: number | readonly number[],
  options: ConvOptions<number | readonly number[]>,
): LayerSpec<Record<string, ParamSpec>, Record<never, never>, Record<never, never>> {
  ensureKnownOptions(type, options, ['stride', 'padding', 'dilation', 'groups', 'bias', 'init'])
  const { groups = 1 } = options
  expectWhole(type, 'the number of input channels', inChannels)
  expectWhole(type, 'the number of output channels', outChannels)
  expectWhole(type, 'groups', groups)
  ensure(
    inChannels % groups === 0 && outChannels % groups === 0,
    `${type}: ${groups} groups do not divide ${inChannels} input and ${outChannels} output channels`,
  )
  const sizes = perAxis(type, 'the kernel', kernel, axes)
  const strides = perAxis(type, 'the stride', options.stride ?? 1, axes)
  const dilations = perAxis(type, 'the dilation', options.dilation ?? 1, axes)
  const padding = perAxis(type, 'the padding', options.padding ?? 0, axes, 0)

  const params: Record<string, ParamSpec> = {
    weight: weight([outChannels, inChannels / groups, ...sizes], options.init),
  }
  if (options.bias ?? true) params.bias = bias([outChannels])
  const layout = `[N, ${inChannels}, ${axes === 1 ? 'L' : 'H, W'}]`
  return {
    params,
    forward(x, { weight, bias }) {
      const fits = x.rank === axes + 2 && x.shape[1] === inChannels
      expectInput(fits, type, layout, x, advice(type, axes, x.shape, outChannels))
      return conv(x, weight!, { bias, strides, pads: padding, dilations, group: groups })
    },
  }
}

function advice(type: string, axes: number, shape: readonly number[], outChannels: number): string {
  return shape.length === axes + 2
    ? `set the layer to nn.${type}(${shape[1]}, ${outChannels}, ...), or change what comes before it`
    : `it slides along ${axes === 1 ? 'one axis' : 'two axes'}: it must come before layers that flatten or pool all of it`
}
