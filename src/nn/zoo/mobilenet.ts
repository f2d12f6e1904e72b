import { ensureKnownOptions } from '../../core/index.ts'
import type { Layer } from '../layer.ts'
import { relu6 } from '../layers/activations.ts'
import { batchNorm2d } from '../layers/batch-norm.ts'
import { blockConv } from '../layers/block-conv.ts'
import { sequential } from '../layers/containers.ts'
import { dropout as dropoutLayer } from '../layers/dropout.ts'
import { invertedResidual } from '../layers/inverted-residual.ts'
import { linear } from '../layers/linear.ts'
import { globalAvgPool } from '../layers/pool.ts'
import { imageShape, type ModelInfo } from './image.ts'
import { headInit } from './mlp.ts'

export interface MobilenetOptions extends ModelInfo {
  /**
   * `'cifar'` (default) for small images such as 32x32: the first convolution and the stage of 24 channels keep the
   * resolution, as is usual there; `'imagenet'` for large ones: both halve it, as in the paper.
   */
  stem: 'cifar' | 'imagenet'
  /** The probability that an input of the last layer is dropped in training, 0 <= p < 1 (default 0.2, as in torchvision). */
  dropout: number
}

/** The stages of the paper: expansion, channels, blocks, and whether the first block halves the resolution. */
const stages = [
  { expansion: 1, channels: 16, blocks: 1, stride: 1 },
  { expansion: 6, channels: 24, blocks: 2, stride: 2 },
  { expansion: 6, channels: 32, blocks: 3, stride: 2 },
  { expansion: 6, channels: 64, blocks: 4, stride: 2 },
  { expansion: 6, channels: 96, blocks: 3, stride: 1 },
  { expansion: 6, channels: 160, blocks: 3, stride: 2 },
  { expansion: 6, channels: 320, blocks: 1, stride: 1 },
] as const
const [first, last] = [32, 1280]

/**
 * MobileNetV2: [N, C, H, W] -> logits [N, classes]. Parameters have torchvision's names (`features.2.conv.0.0.weight`,
 * `classifier.1.weight`).
 *
 * Source: Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018.
 */
export function mobilenetV2(options: Partial<MobilenetOptions> = {}): Layer {
  ensureKnownOptions('mobilenet_v2', options, ['inputShape', 'classes', 'stem', 'dropout'])
  const { stem = 'cifar', classes = 10, dropout = 0.2 } = options
  const small = stem === 'cifar'
  const [colors] = imageShape('mobilenet_v2', options.inputShape ?? (small ? [3, 32, 32] : [3, 224, 224]), 1)
  let channels: number = first
  const blocks = stages.flatMap((stage, i) =>
    Array.from({ length: stage.blocks }, (_, block) => {
      const stride = block > 0 || (small && i === 1) ? 1 : stage.stride
      const layer = invertedResidual(channels, stage.channels, { stride, expansion: stage.expansion })
      channels = stage.channels
      return layer
    }),
  )
  return sequential({
    features: sequential(
      convolved(colors, first, 3, small ? 1 : 2),
      ...blocks,
      convolved(channels, last, 1, 1),
    ),
    avgpool: globalAvgPool(),
    classifier: sequential(dropoutLayer(dropout), linear(last, classes, { init: headInit })),
  })
}

const convolved = (inChannels: number, channels: number, kernel: number, stride: number): Layer =>
  sequential(blockConv(inChannels, channels, kernel, { stride }), batchNorm2d(channels), relu6())
