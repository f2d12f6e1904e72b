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

/**
 * Two blocks of 3x3 convolution, batch norm, ReLU and 2x2 pooling: [N, C, H, W] -> logits [N, classes]. Made for the 8x8
 * digits, where it has 21,482 parameters; any size from 4x4 on.
 */
export function cnn({ inputShape = [1, 8, 8], classes = 10 }: Partial<ModelInfo> = {}): Layer {
  const [channels, height, width] = imageShape('cnn', inputShape, 4)
  const after = (size: number) => Math.floor(Math.floor(size / 2) / 2)
  return sequential(
    conv2d(channels, 32, 3, { padding: 1, bias: false }),
    batchNorm2d(32),
    relu(),
    maxPool2d(2),
    conv2d(32, 64, 3, { padding: 1, bias: false }),
    batchNorm2d(64),
    relu(),
    maxPool2d(2),
    flatten(),
    linear(64 * after(height) * after(width), classes, { init: headInit }),
  )
}
