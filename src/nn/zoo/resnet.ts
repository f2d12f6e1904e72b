import type { Layer } from '../layer.ts'
import { relu } from '../layers/activations.ts'
import { batchNorm2d } from '../layers/batch-norm.ts'
import { blockConv } from '../layers/block-conv.ts'
import { basicBlock } from '../layers/blocks.ts'
import { sequential } from '../layers/containers.ts'
import { linear } from '../layers/linear.ts'
import { globalAvgPool, maxPool2d } from '../layers/pool.ts'
import { imageShape, type ModelInfo } from './image.ts'
import { headInit } from './mlp.ts'

export interface ResnetOptions extends ModelInfo {
  /**
   * How images come in: `'cifar'` (default), a 3x3 convolution for small images such as 32x32, or `'imagenet'`, a 7x7
   * convolution with stride 2 and a pooling for large ones such as 224x224.
   */
  stem: 'cifar' | 'imagenet'
}

/**
 * ResNet-18: [N, C, H, W] -> logits [N, classes]. Parameters have torchvision's names (`layer2.0.downsample.0.weight`).
 *
 * Source: He et al., Deep Residual Learning for Image Recognition, 2016.
 */
export function resnet18(options: Partial<ResnetOptions> = {}): Layer {
  const { stem = 'cifar', classes = 10 } = options
  const usual = stem === 'cifar' ? [3, 32, 32] : [3, 224, 224]
  const [channels] = imageShape('resnet18', options.inputShape ?? usual, 1)
  return sequential({
    ...(stem === 'cifar'
      ? { conv1: blockConv(channels, 64, 3), bn1: batchNorm2d(64), relu: relu() }
      : {
          conv1: blockConv(channels, 64, 7, { stride: 2 }),
          bn1: batchNorm2d(64),
          relu: relu(),
          maxpool: maxPool2d(3, { stride: 2, padding: 1 }),
        }),
    layer1: stage(64, 64, 1),
    layer2: stage(64, 128, 2),
    layer3: stage(128, 256, 2),
    layer4: stage(256, 512, 2),
    avgpool: globalAvgPool(),
    fc: linear(512, classes, { init: headInit }),
  })
}

/** Two blocks; the first one changes the number of channels and the resolution. */
const stage = (inChannels: number, channels: number, stride: number): Layer =>
  sequential(basicBlock(inChannels, channels, { stride }), basicBlock(channels, channels))
