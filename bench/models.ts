import type { Shape } from '../src/core/index.ts'
import { type Layer, zoo } from '../src/nn/index.ts'

/** A network whose training step is measured. Each side builds it by name; it has the same parameters on all sides. */
export interface BenchModel {
  readonly name: string
  /** One sample: an image `[C, H, W]`, or a sequence `[T, D]`. */
  readonly inputShape: Shape
  readonly classes: number
  /** Samples per step. */
  readonly batchSize: number
  /** Of `vgg` only: its convolutions and poolings, where they are not the usual ones. */
  readonly config?: zoo.VggConfig
}

/** The rows of `bench -- step`: images from the smallest network to the largest, then what is not made of convolutions. */
export const benchModels: readonly BenchModel[] = [
  { name: 'mlp', inputShape: [1, 28, 28], classes: 10, batchSize: 128 },
  { name: 'lenet', inputShape: [1, 28, 28], classes: 10, batchSize: 128 },
  { name: 'vgg', inputShape: [3, 32, 32], classes: 10, batchSize: 128 },
  { name: 'resnet18', inputShape: [3, 32, 32], classes: 10, batchSize: 128 },
  { name: 'mobilenet_v2', inputShape: [3, 32, 32], classes: 10, batchSize: 128 },
  { name: 'vit_tiny', inputShape: [3, 32, 32], classes: 10, batchSize: 128 },
  { name: 'lstm', inputShape: [64, 128], classes: 10, batchSize: 128 },
]

/** Networks that the zoo does not list by name, since they are not for images. */
const others: Readonly<Record<string, (info: zoo.ModelInfo) => Layer>> = { lstm: zoo.lstmClassifier }

/** Our side's network. */
export function buildBenchModel({ name, inputShape, classes, config }: Omit<BenchModel, 'batchSize'>): Layer {
  if (config) return zoo.vgg({ inputShape, classes, config })
  return others[name]?.({ inputShape, classes }) ?? zoo.buildModel(name, { inputShape, classes })
}
