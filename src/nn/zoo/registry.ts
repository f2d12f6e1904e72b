import { type Shape, sizeOf, unknownName } from '../../core/index.ts'
import type { Layer } from '../layer.ts'
import { cnn } from './cnn.ts'
import type { ModelInfo } from './image.ts'
import { lenet } from './lenet.ts'
import { mlp } from './mlp.ts'
import { mobilenetV2 } from './mobilenet.ts'
import { resnet18 } from './resnet.ts'
import { vgg } from './vgg.ts'
import { vitTiny } from './vit.ts'

/** A model that can be chosen by name for any data set. */
export interface ModelEntry {
  /** One line, for lists of models. */
  readonly description: string
  /** Builds it for inputs `[C, H, W]`; throws if they are too small. */
  build(options: ModelInfo): Layer
}

/** The models that `--model NAME` knows. */
export const models: Readonly<Record<string, ModelEntry>> = {
  mlp: {
    description: 'two hidden layers of 512 units with ReLU',
    build: ({ inputShape, classes }) => mlp({ inputs: sizeOf(inputShape), classes }),
  },
  cnn: { description: 'two blocks of 3x3 convolution and pooling, for 8x8 digits', build: cnn },
  lenet: { description: 'LeNet-5 with ReLU and max pooling, for 28x28 images', build: lenet },
  vgg: { description: 'six 3x3 convolutions with batch norm, for 32x32 images', build: vgg },
  resnet18: {
    description: 'ResNet-18; small images get a 3x3 stem, from 112x112 on the one for ImageNet',
    build: ({ inputShape, classes }) =>
      resnet18({ inputShape, classes, stem: isSmall(inputShape) ? 'cifar' : 'imagenet' }),
  },
  mobilenet_v2: {
    description: 'MobileNetV2; small images are halved three times, from 112x112 on five times',
    build: ({ inputShape, classes }) =>
      mobilenetV2({ inputShape, classes, stem: isSmall(inputShape) ? 'cifar' : 'imagenet' }),
  },
  vit_tiny: {
    description: 'a small vision transformer; patches of 4x4, from 112x112 on of 16x16',
    build: ({ inputShape, classes }) => vitTiny({ inputShape, classes, patch: isSmall(inputShape) ? 4 : 16 }),
  },
}

/** Whether images [C, H, W] get the form of a network for small ones. */
const isSmall = (inputShape: Shape) => Math.min(...inputShape.slice(1)) < 112

/**
 * The model called `name`, for inputs `[C, H, W]`.
 * @throws for an unknown name, with the nearest known one.
 */
export function buildModel(name: string, options: ModelInfo): Layer {
  if (!Object.hasOwn(models, name)) throw unknownName('model', name, Object.keys(models))
  return models[name]!.build(options)
}
