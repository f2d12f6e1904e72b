import type { Augmenter } from '../../augment/index.ts'
import { ensure, GradusError, type Tensor, tensor } from '../../core/index.ts'
import {
  countClasses,
  type Dataset,
  type Indices,
  isInMemory,
  type Loader,
  loader,
  outputsOf,
  type Preprocessing,
  type PreprocessWatcher,
  resolveIndices,
  type Split,
  splitValidation,
} from '../../data/index.ts'
import { crossEntropy, type Layer, type Loss, mse } from '../../nn/index.ts'
import { type Optimizer, scheduled } from '../../optim/index.ts'
import type { Checkpoint } from '../run/checkpoint.ts'
import { augmenterOf } from './augmenter-of.ts'
import { expectLabelsFit } from './labels-fit.ts'
import { explained, inFront, preprocessingOf } from './preprocessed.ts'
import { type CheckedRecipe, expectDataset, expectLoss, expectModel } from './recipe.ts'
import { type StandardizedTargets, targetsOf } from './standardized-targets.ts'

/** A recipe made concrete: the samples in memory, who sees which of them, and the model for them. */
export interface Prepared {
  readonly data: Dataset
  /** Takes samples as the loaders give them: preprocessing that is part of the graph comes first in it. */
  readonly model: Layer
  readonly loss: Loss
  /** With the recipe's schedule. */
  readonly optimizer: Optimizer
  /** What was fitted to the training samples. */
  readonly preprocessing: Preprocessing
  /** How the loaders standardize numbers to predict; undefined where there are none. */
  readonly targets: StandardizedTargets | undefined
  /** What changes the training samples, as the model sees them; evaluation and whole-set statistics see them as they are. */
  readonly augment: Augmenter | undefined
  /** What the person should know about how the data are used. */
  readonly notices: readonly string[]
  /** Shuffled full batches of the training samples. */
  readonly train: Loader
  /** Absent if the recipe keeps no samples for validation. */
  readonly validation: Loader | undefined
  readonly test: Loader
  readonly samples: Sides
  /** All training samples, shuffled once, for statistics of the whole set; absent unless the recipe asks for them. */
  readonly population: Loader | undefined
}

/** Which of the training set's samples are trained on, and which are kept for validation. */
export interface Sides {
  readonly train: Indices
  readonly validation: Uint32Array | undefined
}

/** Samples per batch in evaluation; results do not depend on it. */
export const EVALUATION_BATCH = 256

/**
 * Loads the data, splits them, fits the preprocessing on the training samples, and makes the model.
 * @param resume what a run goes on from: it keeps the preprocessing that it began with.
 * @param watch is told how far preprocessing is, where that takes long.
 */
export async function prepare(
  recipe: CheckedRecipe,
  dir?: string,
  resume?: Checkpoint,
  watch?: PreprocessWatcher,
): Promise<Prepared> {
  const data = await loadData(recipe, dir)
  const { seed } = recipe
  const sides = sidesOf(recipe, data)
  const indices = sides.train
  const available = indices === 'all' ? data.train.count : indices.length
  const training: Split = data.train
  const fitting = { name: data.name, split: training, indices }
  const preprocessing = await preprocessingOf(recipe, fitting, resume, watch)
  const { normalizer } = preprocessing
  const perEpoch = recipe.sampling?.count(resolveIndices(training, indices), training.labels) ?? available
  const batchSize = Math.min(recipe.batchSize, perEpoch)
  const samples = (count: number) => firstSamples(count, data.train, indices, preprocessing)
  const model = await explained(preprocessing, () =>
    made('model', () => modelOf(recipe, data, preprocessing, samples)),
  )
  const loss = await lossOf(recipe, data, sides)
  ensure(available > 0, `${data.name}: no training samples are left after the split`)
  await explained(preprocessing, () => expectLabelsFit({ model, loss, data, batchSize }))
  const targets = targetsOf({ data, loss, indices }, resume)
  const evaluation = { batchSize: EVALUATION_BATCH, shuffle: false, normalizer, targets }
  return {
    data,
    model,
    loss,
    optimizer: recipe.schedule ? scheduled(recipe.optimizer, recipe.schedule) : recipe.optimizer,
    preprocessing,
    targets,
    augment: await augmenterOf(recipe, data, fitting, normalizer),
    notices: [
      ...(data.notices ?? []),
      ...preprocessing.notices,
      ...(targets?.notices ?? []),
      ...smallerBatch(recipe.batchSize, batchSize),
    ],
    train: loader(data.train, indices, {
      batchSize,
      seed,
      shuffle: recipe.shuffle,
      sampling: recipe.sampling,
      normalizer,
      targets,
      dropLast: true,
    }),
    validation: sides.validation && loader(data.train, sides.validation, evaluation),
    test: loader(data.test, 'all', evaluation),
    samples: sides,
    population: recipe.populationStatistics
      ? loader(data.train, indices, { batchSize, seed, normalizer })
      : undefined,
  }
}

/** The data of a recipe. @throws if they cannot be had, or are no data set. */
export const loadData = ({ data }: CheckedRecipe, dir?: string): Promise<Dataset> =>
  made('data', async () => expectDataset(await (typeof data === 'function' ? data({ dir }) : data)))

/** Which training samples a recipe trains on, and which it validates on. */
export function sidesOf({ seed, validation: fraction }: CheckedRecipe, data: Dataset): Sides {
  return fraction > 0
    ? splitValidation(data.train, { fraction, seed, classes: classesOf(data) })
    : { train: 'all', validation: undefined }
}

/** The names of the classes, for messages; none of numbers to predict. */
export const classesOf = (data: Dataset): readonly string[] | undefined =>
  data.task === 'classification' ? data.classes : undefined

/** The loss of a recipe, or the one that is usual for what is to be learned. */
export async function lossOf({ loss }: CheckedRecipe, data: Dataset, { train }: Sides): Promise<Loss> {
  if (loss === undefined) return data.task === 'classification' ? crossEntropy() : mse()
  if (typeof loss !== 'function') return loss
  const classes = outputsOf(data)
  const counts = data.task === 'classification' ? countClasses(data.train, classes, train) : []
  return made('loss', () => expectLoss(loss({ classes, counts })))
}

const smallerBatch = (asked: number, batchSize: number): string[] =>
  asked === batchSize
    ? []
    : [`batch size ${batchSize} instead of ${asked}: there are no more training samples`]

function modelOf(
  { model }: CheckedRecipe,
  data: Dataset,
  preprocessing: Preprocessing,
  samples: (count: number) => Tensor,
): Layer {
  const info = { inputShape: preprocessing.outputShape, classes: outputsOf(data) }
  return inFront(preprocessing, expectModel(typeof model === 'function' ? model(info, samples) : model))
}

/** The first training samples as the model sees them, [count, ...shape]; all of them if there are no more. */
function firstSamples(count: number, split: Split, indices: Indices, preprocessing: Preprocessing): Tensor {
  ensure(Number.isInteger(count) && count > 0, `samples: expected a number of at least 1, got ${count}`)
  const batchSize = Math.min(count, indices === 'all' ? split.count : indices.length)
  ensure(
    isInMemory(split),
    'samples: expected samples in memory to make the model from, got some that are read while training',
  )
  const { normalizer, outputShape, applyTo } = preprocessing
  const source = loader(split, indices, { batchSize, shuffle: false, normalizer })
  const buffers = source.allocate()
  source.read(0, 0, buffers)
  return tensor(applyTo(buffers.inputs, batchSize), [batchSize, ...outputShape])
}

/** What a function that the person wrote comes to. What it throws says to which field of the recipe it belongs. */
async function made<T>(field: string, make: () => T | Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (cause) {
    if (cause instanceof GradusError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GradusError(`${field}: ${reason}`, [`the recipe's ${field} threw this`], { cause })
  }
}
