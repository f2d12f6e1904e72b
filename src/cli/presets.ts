import { standard } from '../augment/index.ts'
import type { Dataset } from '../data/index.ts'
import { type Layer, type ModelInfo, zoo } from '../nn/index.ts'
import { adamw, sgd } from '../optim/index.ts'
import { cosine, warmup } from '../schedules/index.ts'
import type { Recipe } from '../train/index.ts'

/** How a data set is trained on unless the person says otherwise. */
type Preset = Omit<Recipe, 'data' | 'name'>

const nesterov = { momentum: 0.9, nesterov: true, weightDecay: 5e-4 }

/** The recipes that go with the data sets, by the name of the data set. */
export const presets: Readonly<Record<string, Preset>> = {
  digits: {
    model: namedModel('cnn'),
    optimizer: sgd(0.05, nesterov),
    schedule: warmup({ epochs: 1 }).andThen(cosine()),
    epochs: 15,
    batchSize: 32,
  },
  mnist: {
    model: namedModel('lenet'),
    optimizer: sgd(0.05, nesterov),
    schedule: warmup({ epochs: 0.2 }).andThen(cosine()),
    epochs: 5,
    batchSize: 64,
  },
  'fashion-mnist': {
    model: namedModel('lenet'),
    optimizer: sgd(0.05, nesterov),
    schedule: warmup({ epochs: 0.2 }).andThen(cosine()),
    epochs: 10,
    batchSize: 64,
  },
  cifar10: {
    model: namedModel('vgg'),
    optimizer: sgd(0.1, nesterov),
    schedule: warmup({ epochs: 0.5 }).andThen(cosine()),
    epochs: 10,
    batchSize: 128,
  },
}

/**
 * How data that nobody knows are trained on: pictures by a network for their size, rows of a table (and sequences) by one for
 * rows. Color pictures of at least 24 pixels are mirrored and moved, since photos mean the same then; what is gray may be
 * letters, for which that is not so.
 */
export function presetFor(data: Dataset): Preset {
  const { inputShape } = data
  const optimizer = adamw(1e-3, { weightDecay: 0.01 })
  const schedule = warmup({ epochs: 0.5 }).andThen(cosine())
  const [channels = 1, height = 1, width = 1] = inputShape
  if (inputShape.length !== 3) return presetForRows(data.train.count)
  const side = Math.min(height, width)
  const model =
    side < 12
      ? 'cnn'
      : side < 28 || (side <= 32 && channels === 1)
        ? 'lenet'
        : side <= 48
          ? 'vgg'
          : 'resnet18'
  const augment = channels === 3 && side >= 24 ? standard() : []
  return {
    model: namedModel(model),
    optimizer,
    schedule,
    epochs: 15,
    batchSize: side > 64 ? 32 : 64,
    augment,
  }
}

/**
 * Rows of a table: as many epochs as give some 2,000 steps, since tables are often small; the weights of the best are kept. The
 * decay is such that weights which nothing holds fade to about a fifth over the run, however long that is: small tables are soon
 * known by heart.
 * Source: Wang and Aitchison, How to set AdamW's weight decay as you scale model and dataset size, 2024.
 */
function presetForRows(samples: number): Preset {
  const batchSize = samples < 2000 ? 32 : 64
  const stepsPerEpoch = Math.max(1, Math.floor((0.9 * samples) / batchSize))
  const epochs = Math.min(300, Math.max(20, Math.ceil(2000 / stepsPerEpoch)))
  const rate = 3e-3
  return {
    model: namedModel('mlp'),
    optimizer: adamw(rate, { weightDecay: 3 / (rate * epochs * stepsPerEpoch) }),
    schedule: warmup({ epochs: 0.05 * epochs }).andThen(cosine()),
    epochs,
    batchSize,
  }
}

/**
 * The model of the zoo called `name`, for any data. Its root is called so too, which is what people then read.
 * @throws when it is built, for an unknown name, with the nearest known one.
 */
export function namedModel(name: string): (info: ModelInfo) => Layer {
  return (info) => ({ ...zoo.buildModel(name, info), type: name })
}
