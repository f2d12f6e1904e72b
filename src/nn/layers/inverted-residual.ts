import { ensureKnownOptions } from '../../core/index.ts'
import { add } from '../../ops/index.ts'
import { expectWhole } from '../expect.ts'
import { defineLayer, type Layer } from '../layer.ts'
import { relu6, tanh } from './activations.ts'
import { batchNorm2d } from './batch-norm.ts'
import { blockConv } from './block-conv.ts'
import { sequential } from './containers.ts'

export interface InvertedResidualOptions {
  /** Steps between windows of the 3x3 convolution: 2 halves the resolution (default 1). */
  stride?: number
  /** How many times wider the inside is than the input (default 6); 1 leaves the first convolution out. */
  expansion?: number
  /** Default `relu6()`. */
  activation?: Layer
}

/**
 * The block of MobileNetV2: widens by a 1x1 convolution, filters each channel by a 3x3 one, and narrows by a 1x1 one, each
 * with batch norm, and an activation after the first two; what is narrow stays linear. Where the shape is kept, x is added:
 * [N, in, H, W] -> [N, channels, H / stride, W / stride].
 *
 * Child, with torchvision's names: `conv`, that is `conv.0.0.weight`, `conv.0.1.weight`, ...
 * @throws for options out of range.
 * Source: Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018.
 */
export const invertedResidual = defineLayer(
  'invertedResidual',
  (inChannels: number, channels: number, options: InvertedResidualOptions = {}) => {
    ensureKnownOptions('invertedResidual', options, ['stride', 'expansion', 'activation'])
    const { stride = 1, expansion = 6, activation = relu6() } = options
    expectWhole('invertedResidual', 'the number of input channels', inChannels)
    expectWhole('invertedResidual', 'the number of output channels', channels)
    expectWhole('invertedResidual', 'the stride', stride)
    expectWhole('invertedResidual', 'the expansion', expansion)
    const wide = inChannels * expansion
    const part = (conv: Layer) => sequential(conv, batchNorm2d(wide), activation)
    const keepsShape = stride === 1 && inChannels === channels
    return {
      children: {
        conv: sequential(
          ...(expansion === 1 ? [] : [part(blockConv(inChannels, wide, 1))]),
          part(blockConv(wide, wide, 3, { stride, groups: wide })),
          blockConv(wide, channels, 1),
          batchNorm2d(channels),
        ),
      },
      forward: (x, { conv }) => (keepsShape ? add(x, conv(x)) : conv(x)),
    }
  },
  {
    doc: 'Widens by a 1x1 convolution, filters each channel by a 3x3 one, narrows again: the block of MobileNetV2.',
    source: 'Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018',
    examples: [
      // Smooth activations, so that central differences say what the gradient is.
      { name: 'same shape', args: [3, 3, { expansion: 2, activation: tanh() }], input: [2, 3, 4, 4] },
      {
        name: 'halves the resolution, not widened',
        args: [3, 5, { stride: 2, expansion: 1, activation: tanh() }],
        input: [2, 3, 6, 6],
      },
    ],
  },
)
