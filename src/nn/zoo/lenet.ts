import type { Layer } from '../layer.ts'
import { relu } from '../layers/activations.ts'
import { sequential } from '../layers/containers.ts'
import { conv2d } from '../layers/conv.ts'
import { linear } from '../layers/linear.ts'
import { maxPool2d } from '../layers/pool.ts'
import { flatten } from '../layers/shape.ts'
import { imageShape, type ModelInfo } from './image.ts'
import { headInit } from './mlp.ts'

/**
 * LeNet-5 with ReLU and max pooling: [N, C, H, W] -> logits [N, classes]; made for 28x28x1, any size from 12x12 on.
 *
 * Source: LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998.
 */
export function lenet({ inputShape = [1, 28, 28], classes = 10 }: Partial<ModelInfo> = {}): Layer {
  const [channels, height, width] = imageShape('lenet', inputShape, 12)
  const after = (size: number) => Math.floor((Math.floor(size / 2) - 4) / 2) // pool, conv 5, pool
  return sequential({
    conv1: conv2d(channels, 6, 5, { padding: 2 }),
    relu1: relu(),
    pool1: maxPool2d(2),
    conv2: conv2d(6, 16, 5),
    relu2: relu(),
    pool2: maxPool2d(2),
    flatten: flatten(),
    fc1: linear(16 * after(height) * after(width), 120),
    relu3: relu(),
    fc2: linear(120, 84),
    relu4: relu(),
    fc3: linear(84, classes, { init: headInit }),
  })
}
