import { ensure, ensureKnownOptions } from '../../core/index.ts'
import { add } from '../../ops/index.ts'
import { expectWhole } from '../expect.ts'
import { defineLayer, type Layer } from '../layer.ts'
import { relu, tanh } from './activations.ts'
import { batchNorm2d } from './batch-norm.ts'
import { blockConv } from './block-conv.ts'
import { sequential } from './containers.ts'

export interface BlockOptions {
  /** Steps between windows of the first 3x3 convolution: 2 halves the resolution (default 1). */
  stride?: number
  /** Default `relu()`. */
  activation?: Layer
}

const source = 'He et al., Deep Residual Learning for Image Recognition, 2016'

/** For the examples: smooth, so that central differences say what the gradient is. */
const activation = tanh()

/**
 * relu(x + f(x)), where f is two 3x3 convolutions with batch norm: the block of ResNet-18 and 34, [N, in, H, W] ->
 * [N, channels, H / stride, W / stride]. Where the shape changes, x goes through a 1x1 convolution with batch norm.
 *
 * Children, with torchvision's names: `conv1`, `bn1`, `conv2`, `bn2`, `downsample` (only where the shape changes).
 * @throws for options out of range.
 * Source: He et al., Deep Residual Learning for Image Recognition, 2016.
 */
export const basicBlock = defineLayer(
  'basicBlock',
  (inChannels: number, channels: number, options: BlockOptions = {}) => {
    ensureKnownOptions('basicBlock', options, ['stride', 'activation'])
    const { stride = 1, activation = relu() } = options
    expectSizes('basicBlock', inChannels, channels, stride)
    const children: Record<string, Layer> = {
      conv1: blockConv(inChannels, channels, 3, { stride }),
      bn1: batchNorm2d(channels),
      activation,
      conv2: blockConv(channels, channels, 3),
      bn2: batchNorm2d(channels),
      ...downsample(inChannels, channels, stride),
    }
    return {
      children,
      forward(x, { conv1, bn1, activation, conv2, bn2, downsample }) {
        const change = bn2!(conv2!(activation!(bn1!(conv1!(x)))))
        return activation!(add(change, downsample?.(x) ?? x))
      },
    }
  },
  {
    doc: 'relu(x + two 3x3 convolutions with batch norm): the block of ResNet-18 and 34.',
    source,
    examples: [
      { name: 'same shape', args: [3, 3, { activation }], input: [2, 3, 4, 4] },
      { name: 'halves the resolution', args: [2, 4, { stride: 2, activation }], input: [2, 2, 6, 6] },
    ],
  },
)

export interface BottleneckOptions extends BlockOptions {
  /** How many times `channels` come out (default 4). */
  expansion?: number
}

/**
 * relu(x + f(x)), where f narrows by a 1x1 convolution, works by a 3x3 one and widens by a 1x1 one, each with batch norm: the
 * block of ResNet-50 and deeper, [N, in, H, W] -> [N, expansion channels, H / stride, W / stride]. The stride is that of the
 * 3x3 convolution, as in torchvision; the paper has it in the first one.
 *
 * Children, with torchvision's names: `conv1`, `bn1`, ..., `conv3`, `bn3`, `downsample` (only where the shape changes).
 * @param channels those of the 3x3 convolution.
 * @throws for options out of range.
 * Source: He et al., Deep Residual Learning for Image Recognition, 2016.
 */
export const bottleneck = defineLayer(
  'bottleneck',
  (inChannels: number, channels: number, options: BottleneckOptions = {}) => {
    ensureKnownOptions('bottleneck', options, ['stride', 'activation', 'expansion'])
    const { stride = 1, expansion = 4, activation = relu() } = options
    expectSizes('bottleneck', inChannels, channels, stride)
    expectWhole('bottleneck', 'the expansion', expansion)
    const outChannels = expansion * channels
    const children: Record<string, Layer> = {
      conv1: blockConv(inChannels, channels, 1),
      bn1: batchNorm2d(channels),
      activation,
      conv2: blockConv(channels, channels, 3, { stride }),
      bn2: batchNorm2d(channels),
      conv3: blockConv(channels, outChannels, 1),
      bn3: batchNorm2d(outChannels),
      ...downsample(inChannels, outChannels, stride),
    }
    return {
      children,
      forward(x, { conv1, bn1, activation, conv2, bn2, conv3, bn3, downsample }) {
        const narrow = activation!(bn1!(conv1!(x)))
        const change = bn3!(conv3!(activation!(bn2!(conv2!(narrow)))))
        return activation!(add(change, downsample?.(x) ?? x))
      },
    }
  },
  {
    doc: 'relu(x + 1x1, 3x3 and 1x1 convolutions with batch norm): the block of ResNet-50 and deeper.',
    source,
    examples: [
      { name: 'same shape', args: [8, 4, { expansion: 2, activation }], input: [2, 8, 4, 4] },
      {
        name: 'halves the resolution',
        args: [4, 5, { stride: 2, expansion: 2, activation }],
        input: [3, 4, 6, 6],
      },
    ],
  },
)

export interface SeparableOptions extends BlockOptions {
  /** Size of the first convolution: odd (default 3). */
  kernel?: number
}

/**
 * A convolution in two parts, each with batch norm and ReLU: a 3x3 one of each channel by itself, then a 1x1 one that mixes
 * them, [N, in, H, W] -> [N, out, H / stride, W / stride]. It costs about 1 / 9 of a full 3x3 convolution.
 *
 * Children: `depthwise`, `bn1`, `pointwise`, `bn2`.
 * @throws for options out of range.
 * Source: Howard et al., MobileNets, 2017.
 */
export const depthwiseSeparable = defineLayer(
  'depthwiseSeparable',
  (inChannels: number, outChannels: number, options: SeparableOptions = {}) => {
    ensureKnownOptions('depthwiseSeparable', options, ['stride', 'activation', 'kernel'])
    const { stride = 1, activation = relu(), kernel = 3 } = options
    expectSizes('depthwiseSeparable', inChannels, outChannels, stride)
    expectWhole('depthwiseSeparable', 'the kernel', kernel)
    ensure(kernel % 2 === 1, `depthwiseSeparable: expected an odd kernel, got ${kernel}`)
    return {
      children: {
        depthwise: blockConv(inChannels, inChannels, kernel, { stride, groups: inChannels }),
        bn1: batchNorm2d(inChannels),
        activation,
        pointwise: blockConv(inChannels, outChannels, 1),
        bn2: batchNorm2d(outChannels),
      },
      forward: (x, { depthwise, bn1, activation, pointwise, bn2 }) =>
        activation(bn2(pointwise(activation(bn1(depthwise(x)))))),
    }
  },
  {
    doc: 'A 3x3 convolution of each channel by itself, then a 1x1 one that mixes them, with batch norm and ReLU.',
    source:
      'Howard et al., MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications, 2017',
    examples: [
      { name: 'same resolution', args: [3, 5, { activation }], input: [2, 3, 4, 4] },
      { name: 'halves the resolution', args: [3, 5, { stride: 2, activation }], input: [2, 3, 6, 6] },
    ],
  },
)

/** What x goes through where the block changes its shape. */
const downsample = (inChannels: number, channels: number, stride: number): Record<string, Layer> =>
  stride === 1 && inChannels === channels
    ? {}
    : { downsample: sequential(blockConv(inChannels, channels, 1, { stride }), batchNorm2d(channels)) }

function expectSizes(type: string, inChannels: number, channels: number, stride: number): void {
  expectWhole(type, 'the number of input channels', inChannels)
  expectWhole(type, 'the number of output channels', channels)
  expectWhole(type, 'the stride', stride)
}
