import { randomCrop } from '../augment/index.ts'
import { oversample, standardize } from '../data/index.ts'
import {
  crossEntropy,
  focal,
  type Initializer,
  init,
  type Layer,
  type Loss,
  leakyRelu,
  relu,
  tanh,
} from '../nn/index.ts'
import {
  addDecay,
  chain,
  clipByGlobalNorm,
  decoupledDecay,
  givenRate,
  type Link,
  type Optimizer,
  withRate,
} from '../optim/index.ts'
import { cosine, warmup } from '../schedules/index.ts'
import {
  earlyStopping,
  type Hook,
  type Json,
  type JsonObject,
  type LabelInfo,
  type Recipe,
  reduceOnPlateau,
} from '../train/index.ts'
import * as surgery from './surgery.ts'

/** What changes need to know of the data. */
export interface ChangeInfo {
  /** Shape of one sample, without the batch axis. */
  readonly inputShape: readonly number[]
}

/** A recipe that was changed, and what of the change is left for a person to do. */
export interface Changed {
  readonly recipe: Recipe
  /** The keys of the change that were not applied, since they are unknown or do not fit the recipe. */
  readonly left: readonly string[]
}

/** Applies one field of a change; undefined if it does not fit the recipe. */
type Apply = (recipe: Recipe, value: Json, info: ChangeInfo) => Recipe | undefined

/**
 * Applies what a finding suggests. The recipe given stays as it is.
 *
 * Fields of a change: `rateFactor`, `schedule` (`'cosine'`, `'warmup-cosine'`), `batchSize`, `accumulate`, `epochs`,
 * `preprocess` (`'standardize'`), `weightDecay`, `clip`, `patience`, `reduceOnPlateau`, `shuffle`, `classWeights`, `labelSmoothing`, `loss` (`'focal'`),
 * `balance` (`'oversample'`), `augment` (`'shift'`), `dropout` (a probability, 0 to leave it out, or `'after-norms'`),
 * `init` (`'kaiming'`, `'xavier'`), `activation` (`'relu'`, `'leakyRelu'`, `'tanh'`), `normalization` (`'batchNorm'`,
 * `'groupNorm'`), `output` (`'logits'`).
 */
export function applyChange(recipe: Recipe, change: JsonObject, info: ChangeInfo): Changed {
  const left: string[] = []
  let changed = recipe
  for (const [key, value] of Object.entries(change)) {
    const next = value === undefined ? undefined : applications[key]?.(changed, value, info)
    if (next) changed = next
    else left.push(key)
  }
  return { recipe: changed, left }
}

const initializers: Readonly<Record<string, () => Initializer>> = {
  kaiming: () => init.kaimingNormal(),
  xavier: () => init.xavierNormal(),
}

const makers: Readonly<Record<string, () => Layer>> = { relu, leakyRelu, tanh }

const isNumber = (value: Json): value is number => typeof value === 'number' && Number.isFinite(value)

/** A field of the recipe that takes the value as it is. */
const field =
  (name: 'batchSize' | 'accumulate' | 'epochs'): Apply =>
  (recipe, value) =>
    isNumber(value) ? { ...recipe, [name]: value } : undefined

const applications: Readonly<Record<string, Apply>> = {
  batchSize: field('batchSize'),
  accumulate: field('accumulate'),
  epochs: field('epochs'),
  shuffle: (recipe, value) => (typeof value === 'boolean' ? { ...recipe, shuffle: value } : undefined),
  rateFactor: (recipe, value) =>
    isNumber(value) ? { ...recipe, optimizer: timesRate(recipe.optimizer, value) } : undefined,
  schedule: withSchedule,
  weightDecay: (recipe, value) =>
    isNumber(value) ? { ...recipe, optimizer: withDecay(recipe.optimizer, value) } : undefined,
  clip: (recipe, value) =>
    isNumber(value)
      ? {
          ...recipe,
          optimizer: linked(recipe.optimizer, [clipByGlobalNorm(value), ...recipe.optimizer.links]),
        }
      : undefined,
  patience: (recipe, value) =>
    isNumber(value) ? hooked(recipe, 'earlyStopping', earlyStopping({ patience: value })) : undefined,
  reduceOnPlateau: (recipe, value) =>
    isNumber(value) ? hooked(recipe, 'reduceOnPlateau', reduceOnPlateau({ patience: value })) : undefined,
  preprocess: (recipe, value) =>
    value === 'standardize' ? { ...recipe, preprocess: standardize() } : undefined,
  classWeights: (recipe, value) => lossChanged(recipe, { classWeights: value }),
  labelSmoothing: (recipe, value) => lossChanged(recipe, { labelSmoothing: value }),
  loss: (recipe, value) => (value === 'focal' ? { ...recipe, loss: focal() } : undefined),
  balance: (recipe, value) => (value === 'oversample' ? { ...recipe, sampling: oversample() } : undefined),
  augment: (recipe, value, info) => (value === 'shift' ? shifted(recipe, info) : undefined),
  dropout: withDropoutOf,
  init: (recipe, value) => {
    const make = initializers[String(value)]
    return make && remodel(recipe, (model) => surgery.withInit(model, make()))
  },
  activation: (recipe, value, info) => {
    const make = makers[String(value)]
    return make && remodel(recipe, (model) => surgery.withActivation(model, make, info.inputShape))
  },
  normalization: (recipe, value, info) =>
    value === 'batchNorm' || value === 'groupNorm'
      ? remodel(recipe, (model) => surgery.withNorms(model, value, info.inputShape))
      : undefined,
  output: (recipe, value, info) =>
    value === 'logits' ? remodel(recipe, (model) => surgery.withoutLast(model, info.inputShape)) : undefined,
}

function timesRate(optimizer: Optimizer, factor: number): Optimizer {
  const given = givenRate(optimizer)
  if (typeof given === 'function')
    return withRate(optimizer, (step, horizon) => factor * given(step, horizon))
  return given === undefined ? optimizer : withRate(optimizer, factor * given)
}

/** A schedule for an optimizer whose rate is a number; one that follows a schedule of its own keeps it. */
function withSchedule(recipe: Recipe, value: Json): Recipe | undefined {
  if (typeof givenRate(recipe.optimizer) !== 'number') return undefined
  const epochs = Math.max(0.5, Math.min(2, recipe.epochs / 5))
  if (value === 'cosine') return { ...recipe, schedule: cosine() }
  if (value === 'warmup-cosine') return { ...recipe, schedule: warmup({ epochs }).andThen(cosine()) }
  return undefined
}

/** The optimizer with other links, under its own name. */
const linked = ({ name }: Optimizer, links: readonly Link[]): Optimizer => ({ ...chain(...links), name })

/** The optimizer with another decay; apart from the gradient where that is measured by its own size, else as L2. */
function withDecay(optimizer: Optimizer, strength: number): Optimizer {
  const { links } = optimizer
  const rest = links.filter(({ name }) => name !== 'addDecay' && name !== 'decoupledDecay')
  const isAdaptive = rest.some(({ name }) => name.startsWith('scaleBy'))
  if (!isAdaptive) return linked(optimizer, [addDecay(strength), ...rest])
  const at = rest.findIndex(({ rate }) => rate !== undefined)
  // Decoupled decay is multiplied by the rate, which is small in such optimizers.
  return linked(optimizer, rest.toSpliced(at, 0, decoupledDecay(10 * strength)))
}

const hooked = (recipe: Recipe, name: string, hook: Hook): Recipe => ({
  ...recipe,
  hooks: [...(recipe.hooks ?? []).filter((other) => other.name !== name), hook],
})

/** Cross-entropy with other options; another loss has no such options. */
function lossChanged(recipe: Recipe, options: JsonObject): Recipe | undefined {
  const { loss } = recipe
  const changed = (given: Loss | undefined) => {
    if (given && given.name !== 'crossEntropy') return undefined
    return crossEntropy({ ...((given?.args?.[0] ?? {}) as object), ...options })
  }
  if (typeof loss === 'function') {
    return { ...recipe, loss: (info: LabelInfo) => changed(loss(info)) ?? loss(info) }
  }
  const made = changed(loss)
  return made && { ...recipe, loss: made }
}

/** Pictures moved by up to an eighth of their size. */
function shifted(recipe: Recipe, { inputShape }: ChangeInfo): Recipe | undefined {
  const [, height, width] = inputShape
  if (inputShape.length !== 3 || !height || !width) return undefined
  const padding = Math.max(1, Math.round(Math.min(height, width) / 8))
  return { ...recipe, augment: [recipe.augment ?? [], randomCrop([height, width], { padding })] }
}

function withDropoutOf(recipe: Recipe, value: Json, { inputShape }: ChangeInfo): Recipe | undefined {
  if (value === 'after-norms')
    return remodel(recipe, (model) => surgery.withDropoutBehindNorms(model, inputShape))
  if (!isNumber(value)) return undefined
  return remodel(recipe, (model) => {
    const plain = surgery.without(model, /dropout/i)
    return value === 0 ? plain : surgery.withDropout(plain, value, inputShape)
  })
}

/** The recipe with a change of its model, which may be made later. */
function remodel(recipe: Recipe, change: (model: Layer) => Layer): Recipe {
  const { model } = recipe
  if (typeof model !== 'function') return { ...recipe, model: change(model) }
  return { ...recipe, model: (...given: Parameters<typeof model>) => change(model(...given)) }
}
