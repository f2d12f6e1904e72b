import type { Json, JsonObject } from '../../core/index.ts'
import type { Loss } from '../../nn/index.ts'
import type { Prepared } from '../recipe/prepare.ts'
import type { CheckedRecipe } from '../recipe/recipe.ts'

/** A loss, or a link of an optimizer: its name, and what it was made with as far as JSON can say it. */
export interface Made extends JsonObject {
  readonly name: string
  readonly args: readonly Json[]
}

/** What a recipe says, as plain data: for whoever looks at a run and has only its events. */
export interface RecipeFacts {
  readonly loss: Made
  readonly task: Loss['task']
  /** Such as `sgd`. */
  readonly optimizer: string
  /** The links of the optimizer's chain, in their order. */
  readonly links: readonly Made[]
  /** The planned learning rate at the first step, after a quarter, a half and three quarters of the run, and at the last. */
  readonly rates: readonly number[]
  readonly batchSize: number
  readonly accumulate: number
  /** Whether the training samples come in a new order each epoch. */
  readonly shuffle: boolean
  /** How inputs are prepared, as it was written, such as `standardize()`; empty for not at all. */
  readonly preprocess: string
  /** What chooses the samples of an epoch, such as `oversample`; null for each once. */
  readonly sampling: string | null
  /** Names of the augmentations, in their order. */
  readonly augment: readonly string[]
  /** Names of the hooks, such as `earlyStopping`. */
  readonly hooks: readonly string[]
  readonly populationStatistics: boolean
}

/** @param steps in the whole run. */
export function recipeFacts(
  recipe: CheckedRecipe,
  { loss, optimizer, train }: Prepared,
  steps: number,
): RecipeFacts {
  const horizon = { steps, stepsPerEpoch: train.batchesPerEpoch }
  const rates = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    optimizer.rate(Math.round(share * (steps - 1)), horizon),
  )
  return {
    loss: made(loss),
    task: loss.task,
    optimizer: optimizer.name,
    links: optimizer.links.map(made),
    rates,
    batchSize: train.batchSize,
    accumulate: recipe.accumulate,
    shuffle: recipe.shuffle,
    preprocess: recipe.preprocess.name,
    sampling: recipe.sampling?.name ?? null,
    augment: recipe.augment.map(({ name }) => name),
    hooks: recipe.hooks.map(({ name }) => name),
    populationStatistics: recipe.populationStatistics ?? false,
  }
}

const made = ({ name, args = [] }: { readonly name: string; readonly args?: readonly unknown[] }): Made => ({
  name,
  args: args.map(plain),
})

/** A value as JSON; what JSON cannot hold becomes text. */
function plain(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object') return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
}
