import { z } from 'zod'
import type { Augmentation, Augmentations } from '../../augment/index.ts'
import { GradusError, nearest, type Tensor } from '../../core/index.ts'
import { type Dataset, type Preprocess, type Sampling, standardize } from '../../data/index.ts'
import type { Layer, Loss, ModelInfo } from '../../nn/index.ts'
import type { Optimizer } from '../../optim/index.ts'
import type { Schedule } from '../../schedules/index.ts'
import type { Hook } from '../hook.ts'
import { type StatisticsOptions, statisticsSchema } from '../statistics/index.ts'

/** Where a run looks for data. */
export interface DataSource {
  /** The folder given with `--data`, if any. */
  readonly dir: string | undefined
}

/** What the labels of the training samples are like. */
export interface LabelInfo {
  /** The number of classes, or of numbers to predict. */
  readonly classes: number
  /** How many training samples each class has, by label; empty for numbers to predict. */
  readonly counts: readonly number[]
}

/** All that is needed to train a network, as a person writes it. */
export interface Recipe {
  /** Names the run folder; the data set's name by default. */
  readonly name?: string
  /** What to learn from. A function is called when training starts, with the folder given as `--data`. */
  readonly data: Dataset | Promise<Dataset> | ((source: DataSource) => Dataset | Promise<Dataset>)
  /**
   * The network, or a function that makes it from what the data are like. `samples(count)` gives the first training samples
   * as the model sees them, for layers that start from them such as `init.whitening`.
   */
  readonly model: Layer | ((info: ModelInfo, samples: (count: number) => Tensor) => Layer)
  /**
   * How inputs are prepared, which is fitted to the training samples, kept with the run and part of the exported model. Default:
   * `data.standardize()`; `data.raw()` leaves them as they are.
   */
  readonly preprocess?: Preprocess
  /**
   * How training samples are changed each time that they are used, in the order of the list, after they were standardized
   * (0 is the mean color) and before what mixes their numbers, such as `data.zca()`. Validation and test see them as they
   * are. Lists within the list are laid out: `[augment.standard(), augment.mixup()]`. Default: not at all.
   */
  readonly augment?: Augmentations
  /**
   * Default: cross-entropy for classes, the mean squared error for numbers to predict, which it sees standardized (mean 0, standard
   * deviation 1); predictions and scores such as `rmse` are in the units of the data. A function makes it from what the labels
   * are like: `({ counts }) => losses.crossEntropy({ classWeights: data.classWeights(counts) })`.
   */
  readonly loss?: Loss | ((info: LabelInfo) => Loss)
  readonly optimizer: Optimizer
  /** How the learning rate changes, starting from the optimizer's; default: not at all. */
  readonly schedule?: Schedule
  /** Passes over the training samples. */
  readonly epochs: number
  /** Samples per step; default 64. The mean gradient does not depend on it, so the learning rate need not change. */
  readonly batchSize?: number
  /**
   * Parts that each batch is worked through in, one after the other, which takes less memory; must divide the batch size.
   * The step is that of the whole batch, except where a layer looks at the batch (batch-norm). Default: 1.
   */
  readonly accumulate?: number
  /** What takes part in training besides, such as `reduceOnPlateau()` and `earlyStopping()`. */
  readonly hooks?: readonly Hook[]
  /**
   * Whether the training samples come in a new order each epoch; default true. Without it, batches are as the data lie.
   */
  readonly shuffle?: boolean
  /** Which training samples an epoch has where classes are not of one size, such as `data.oversample()`; each once by default. */
  readonly sampling?: Sampling
  /** Everything random follows from it; default 0. */
  readonly seed?: number
  /**
   * Before the test, and in what is exported, batch norms get the statistics of the whole training set with the best weights
   * instead of the running ones of the last batches; default false.
   */
  readonly populationStatistics?: boolean
  /**
   * When and how to look at activations, gradients, weights and updates; false not to. It never changes what training comes
   * to, and costs about 2% of its time. Default: every 20 steps, and more often at first.
   */
  readonly statistics?: StatisticsOptions | false
  /** Share of the training samples to validate on, in [0, 1); default 0.1. */
  readonly validation?: number
}

/** A recipe with its defaults filled in and its values checked. */
export type CheckedRecipe = Omit<Recipe, 'augment'> &
  Required<
    Pick<Recipe, 'preprocess' | 'batchSize' | 'accumulate' | 'hooks' | 'shuffle' | 'seed' | 'validation'>
  > & { readonly augment: readonly Augmentation[]; readonly statistics: Required<StatisticsOptions> | false }

/** Types a recipe; `gradus train FILE` takes a file with it as default export. */
export const defineRecipe = (recipe: Recipe): Recipe => recipe

const hasKeys = (value: unknown, ...keys: string[]) =>
  typeof value === 'object' && value !== null && keys.every((key) => key in value)

/** A field that holds something that Gradus makes; `made` says by what. */
const thing = <T>(what: string, made: string, fits: (value: unknown) => boolean) =>
  z.custom<T>(fits, {
    error: ({ input }) => `expected ${what}, got ${describe(input)}; make one with ${made}`,
  })

/** A whole number of at least `least`. */
const whole = (least: number) => {
  const error = `expected a whole number of at least ${least}`
  return z.int({ error }).min(least, { error })
}

const shareError = { error: 'expected a number of at least 0 and below 1' }
const share = z.number(shareError).min(0, shareError).lt(1, shareError)

const isFunction = (value: unknown) => typeof value === 'function'
const isSplit = (value: unknown) => hasKeys(value, 'inputs', 'labels', 'count', 'shape')
const isDataset = (value: unknown): value is Dataset =>
  hasKeys(value, 'train', 'test', 'task') &&
  isSplit((value as Dataset).train) &&
  isSplit((value as Dataset).test)
const isLayer = (value: unknown): value is Layer => hasKeys(value, 'type', 'forward', 'params')

const schema = z.strictObject({
  name: z.string().min(1).optional(),
  data: thing<Recipe['data']>(
    'a data set or a function that gives one',
    'data.digits() or () => data.mnist({ dir })',
    (value) => isFunction(value) || isDataset(value) || value instanceof Promise,
  ),
  model: thing<Recipe['model']>(
    'a model or a function that makes one',
    'nn.sequential(...) or ({ inputShape, classes }) => zoo.resnet18({ inputShape, classes })',
    (value) => isFunction(value) || isLayer(value),
  ),
  preprocess: thing<Preprocess>('preprocessing', 'data.standardize()', (value) =>
    hasKeys(value, 'steps', 'andThen'),
  ).default(standardize()),
  augment: z
    .preprocess(
      (given) => (given === undefined ? given : [given].flat(Number.POSITIVE_INFINITY)),
      z.array(
        thing<Augmentation>('an augmentation', 'augment.randomFlip()', (value) =>
          hasKeys(value, 'kind', 'name'),
        ),
      ),
    )
    .default([]),
  loss: thing<Recipe['loss']>(
    'a loss or a function that makes one',
    'losses.crossEntropy()',
    (value) => isFunction(value) || hasKeys(value, 'apply', 'targetShape'),
  ).optional(),
  optimizer: thing<Optimizer>('an optimizer', 'optim.adam(1e-3)', (value) => hasKeys(value, 'links', 'rate')),
  schedule: thing<Schedule>('a schedule', 'schedules.cosine()', isFunction).optional(),
  epochs: whole(1),
  batchSize: whole(1).default(64),
  accumulate: whole(1).default(1),
  hooks: z
    .array(thing<Hook>('a hook', 'reduceOnPlateau()', (value) => hasKeys(value, 'name', 'afterEpoch')))
    .refine((hooks) => new Set(hooks.map(({ name }) => name)).size === hooks.length, {
      error: 'expected hooks of different names, since their names stand for their states in checkpoints',
    })
    .default([]),
  shuffle: z.boolean().default(true),
  sampling: thing<Sampling>('a way of sampling', 'data.oversample()', (value) =>
    hasKeys(value, 'count', 'fill'),
  ).optional(),
  seed: whole(0).default(0),
  populationStatistics: z.boolean().default(false),
  statistics: statisticsSchema,
  validation: share.default(0.1),
})

/** What the function or promise of a recipe's `data` came to. @throws if that is no data set. */
export function expectDataset(value: unknown): Dataset {
  if (isDataset(value)) return value
  throw new GradusError(`data: expected a data set, got ${describe(value)}`, [
    'make one with data.digits(), or of your own samples with data.makeDataset({ ... })',
  ])
}

/** What the function of a recipe's `loss` came to. @throws if that is no loss. */
export function expectLoss(value: unknown): Loss {
  if (hasKeys(value, 'apply', 'targetShape')) return value as Loss
  throw new GradusError(`loss: expected a loss, got ${describe(value)}`, [
    'make one with losses.crossEntropy()',
  ])
}

/** What the function of a recipe's `model` came to. @throws if that is no model. */
export function expectModel(value: unknown): Layer {
  if (isLayer(value)) return value
  throw new GradusError(`model: expected a model, got ${describe(value)}`, [
    'make one with nn.sequential(...)',
  ])
}

/**
 * Checks a recipe and fills in its defaults.
 * @param where names the recipe in the error.
 * @throws naming every field that is wrong: what was expected and what was found.
 */
export function checkRecipe(recipe: unknown, where = 'recipe'): CheckedRecipe {
  if (!hasKeys(recipe)) {
    throw new GradusError(`${where}: expected a recipe, got ${describe(recipe)}`, [
      'a recipe file ends with: export default defineRecipe({ data, model, optimizer, epochs })',
    ])
  }
  const result = schema.safeParse(recipe)
  if (result.success) return result.data as CheckedRecipe
  const problems = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map(unknownField)
    const field = issue.path.join('.')
    const found =
      issue.code === 'custom' ? '' : `, got ${describe((recipe as Record<string, unknown>)[field])}`
    return [`${field}: ${issue.message.replace(/^Invalid input: |, received.*$/g, '')}${found}`]
  })
  throw new GradusError(`${where}: ${problems[0]}`, problems.slice(1))
}

function unknownField(key: string): string {
  const guess = nearest(key, Object.keys(schema.shape))
  return `${key}: not a field of a recipe${guess ? `; did you mean "${guess}"?` : ''}`
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return 'a function'
  if (value instanceof Promise) return 'a promise'
  return Array.isArray(value)
    ? 'an array'
    : `an object with ${Object.keys(value as object)
        .slice(0, 4)
        .join(', ')}`
}
