import type { Shape } from '../src/core/index.ts'

/** A network whose training step is measured. Each side builds it by name; it has the same parameters on all sides. */
export interface BenchModel {
  readonly name: string
  /** `[C, H, W]`: one image. */
  readonly inputShape: Shape
  readonly classes: number
  /** Images per step. */
  readonly batchSize: number
}

/** The rows of `bench -- step`, from the smallest to the largest. */
export const benchModels: readonly BenchModel[] = [
  { name: 'mlp', inputShape: [1, 28, 28], classes: 10, batchSize: 128 },
  { name: 'lenet', inputShape: [1, 28, 28], classes: 10, batchSize: 128 },
  { name: 'vgg', inputShape: [3, 32, 32], classes: 10, batchSize: 128 },
  { name: 'resnet18', inputShape: [3, 32, 32], classes: 10, batchSize: 128 },
]
