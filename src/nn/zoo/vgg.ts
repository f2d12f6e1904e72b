import { ensure } from '../../core/index.ts'
import type { Layer } from '../layer.ts'
import { relu } from '../layers/activations.ts'
import { batchNorm2d } from '../layers/batch-norm.ts'
import { sequential } from '../layers/containers.ts'
import { conv2d } from '../layers/conv.ts'
import { linear } from '../layers/linear.ts'
import { maxPool2d } from '../layers/pool.ts'
import { flatten } from '../layers/shape.ts'
import { imageShape, type ModelInfo } from './image.ts'
import { headInit } from './mlp.ts'

/** Channels of a 3x3 convolution with batch norm and ReLU, or `'M'`: a 2x2 max pooling. */
export type VggConfig = readonly (number | 'M')[]

export interface VggOptions extends ModelInfo {
  /** Default 64, 64, M, 128, 128, M, 256, 256, M. */
  config: VggConfig
}

/** Three blocks for small images such as 32x32x3. */
const small: VggConfig = [64, 64, 'M', 128, 128, 'M', 256, 256, 'M']

/**
 * 3x3 convolutions and 2x2 poolings: [N, C, H, W] -> logits [N, classes]; made for 32x32x3. Parameters are called
 * `features.0.weight`, ..., `classifier.weight`.
 *
 * Source: Simonyan and Zisserman, Very Deep Convolutional Networks, 2015; with batch norm and one linear layer.
 */
export function vgg(options: Partial<VggOptions> = {}): Layer {
  const { inputShape = [3, 32, 32], classes = 10, config = small } = options
  const poolings = config.filter((item) => item === 'M').length
  let [channels, height, width] = imageShape('vgg', inputShape, 2 ** poolings)
  ensure(config.length > poolings, 'vgg: expected a configuration with a convolution, got none')
  const features: Layer[] = []
  for (const item of config) {
    if (item === 'M') {
      features.push(maxPool2d(2))
      ;[height, width] = [Math.floor(height / 2), Math.floor(width / 2)]
    } else {
      // The batch norm has an offset of its own.
      features.push(conv2d(channels, item, 3, { padding: 1, bias: false }), batchNorm2d(item), relu())
      channels = item
    }
  }
  return sequential({
    features: sequential(...features),
    flatten: flatten(),
    classifier: linear(channels * height * width, classes, { init: headInit }),
  })
}
