import { add } from '../../ops/index.ts'
import { kaimingNormal } from '../init.ts'
import { defineLayer, type Layer } from '../layer.ts'
import { relu } from '../layers/activations.ts'
import { batchNorm2d } from '../layers/batch-norm.ts'
import { sequential } from '../layers/containers.ts'
import { conv2d } from '../layers/conv.ts'
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
      ? { conv1: conv(channels, 64, 3, 1), bn1: batchNorm2d(64), relu: relu() }
      : {
          conv1: conv(channels, 64, 7, 2),
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
  sequential(basicBlock(inChannels, channels, stride), basicBlock(channels, channels, 1))

/** relu(x + f(x)), where f is two 3x3 convolutions with batch norm; x is projected where the shape changes. */
const basicBlock = defineLayer('basicBlock', (inChannels: number, channels: number, stride: number) => {
  const children: Record<string, Layer> = {
    conv1: conv(inChannels, channels, 3, stride),
    bn1: batchNorm2d(channels),
    relu: relu(),
    conv2: conv(channels, channels, 3, 1),
    bn2: batchNorm2d(channels),
  }
  if (stride !== 1 || inChannels !== channels) {
    children.downsample = sequential(conv(inChannels, channels, 1, stride), batchNorm2d(channels))
  }
  return {
    children,
    forward(x, { conv1, bn1, relu, conv2, bn2, downsample }) {
      const change = bn2!(conv2!(relu!(bn1!(conv1!(x)))))
      return relu!(add(change, downsample?.(x) ?? x))
    },
  }
})

/** A convolution that keeps the size (up to the stride); the batch norm after it has the offset. */
const conv = (inChannels: number, channels: number, kernel: number, stride: number): Layer =>
  conv2d(inChannels, channels, kernel, {
    stride,
    padding: (kernel - 1) / 2,
    bias: false,
    init: kaimingNormal({ fan: 'out' }),
  })
