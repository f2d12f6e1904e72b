import { z } from 'zod'
import type {
  DataFacts,
  EpochEvent,
  EvaluationEvent,
  LayerFacts,
  RecipeFacts,
  StartEvent,
  StatisticsEvent,
  WeightFacts,
} from '../train/index.ts'

/**
 * The forms of events that the checks rely on. What a log of another version, or a damaged one, has in another form is
 * left out here, so that the checks need not ask.
 */
const numbers = z.array(z.number())
const texts = z.array(z.string())

const made = z.object({ name: z.string(), args: z.array(z.unknown()) })

const recipe = z.object({
  loss: made,
  task: z.string(),
  optimizer: z.string(),
  links: z.array(made),
  rates: numbers,
  batchSize: z.number(),
  accumulate: z.number(),
  shuffle: z.boolean(),
  preprocess: z.string(),
  sampling: z.string().nullable(),
  augment: texts,
  hooks: texts,
  populationStatistics: z.boolean(),
})

const features = z.looseObject({
  count: z.number(),
  constant: numbers,
  constants: z.number(),
  smallestStd: z.number(),
  largestStd: z.number(),
})

const facts = z.object({
  classCounts: numbers.optional().catch(undefined),
  sameClass: z.object({ inBatch: z.number(), inAll: z.number() }).optional().catch(undefined),
  inputs: z.object({
    samples: z.number(),
    mean: z.number(),
    std: z.number(),
    min: z.number(),
    max: z.number(),
    features: features.optional().catch(undefined),
  }),
  duplicates: z.object({ validation: z.number(), test: z.number() }).optional().catch(undefined),
})

const data = z.looseObject({
  name: z.string(),
  train: z.number(),
  validation: z.number(),
  test: z.number(),
  inputShape: numbers,
  classes: z.number().optional().catch(undefined),
})

const layer = z.object({ path: z.string(), type: z.string(), shape: numbers, parameters: texts })

const weight = z.object({
  name: z.string(),
  shape: numbers,
  std: z.number(),
  sameUnits: z.boolean(),
  sameInputs: z.boolean(),
})

const moments = { mean: z.number(), std: z.number() }
const share = z.number().optional().catch(undefined)

const layerStatistics = z.looseObject({
  path: z.string(),
  type: z.string(),
  ...moments,
  zeros: z.number(),
  saturated: share,
  dead: share,
  gradient: z.object(moments).optional().catch(undefined),
})

const parameterStatistics = z.looseObject({
  name: z.string(),
  norm: z.number(),
  gradientNorm: z.number(),
  std: z.number(),
  gradientStd: z.number(),
  updateRatio: share,
})

const gradient = z.looseObject({ norm: z.number(), cosine: share, noise: share })

const scores = z.looseObject({ loss: z.number(), accuracy: share })

const epoch = z.looseObject({
  epoch: z.number(),
  epochs: z.number(),
  batch: z.number().optional(),
  train: scores,
  validation: scores.optional().catch(undefined),
  rate: z.number(),
})

const doubts = z.object({
  samples: z.number(),
  wrong: z.number(),
  implausible: z.number(),
  worst: z.array(
    z.object({ sample: z.number(), label: z.number(), predicted: z.number(), probability: z.number() }),
  ),
})

const evaluation = z.looseObject({
  split: z.string(),
  scores,
  samples: z.number(),
  doubts: z
    .object({ train: doubts, validation: doubts.optional().catch(undefined) })
    .optional()
    .catch(undefined),
})

/** A value in the form that a schema says; undefined if it has another. */
const known = <T>(schema: z.ZodType, value: unknown): T | undefined => {
  const result = schema.safeParse(value)
  return result.success ? (result.data as T) : undefined
}

/** Those of the values in a list that have the form. */
const knownOf = <T>(schema: z.ZodType, values: unknown): T[] =>
  Array.isArray(values) ? values.flatMap((value) => known<T>(schema, value) ?? []) : []

/** What a start event says, as far as it can be understood. */
export interface KnownStart {
  readonly data: StartEvent['data'] | undefined
  readonly layers: readonly LayerFacts[]
  readonly recipe: RecipeFacts | undefined
  readonly facts: DataFacts | undefined
  readonly weights: readonly WeightFacts[]
  readonly epochs: number
  readonly stepsPerEpoch: number
  readonly batchSize: number
}

const numberOr = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN)

export const knownStart = (event: StartEvent): KnownStart => ({
  data: known(data, event.data),
  layers: knownOf(layer, event.model?.layers),
  recipe: known(recipe, event.recipe),
  facts: known(facts, event.facts),
  weights: knownOf(weight, event.weights),
  epochs: numberOr(event.epochs),
  stepsPerEpoch: numberOr(event.stepsPerEpoch),
  batchSize: numberOr(event.batchSize),
})

export const knownEpoch = (event: EpochEvent): EpochEvent | undefined => known(epoch, event)

export const knownEvaluation = (event: EvaluationEvent): EvaluationEvent | undefined =>
  known(evaluation, event)

/** Statistics without histograms and filters, which no check reads. */
export function knownStatistics(event: StatisticsEvent): StatisticsEvent | undefined {
  const held = known<StatisticsEvent['gradient']>(gradient, event.gradient)
  if (!held || typeof event.step !== 'number' || typeof event.epoch !== 'number') return undefined
  const layers = knownOf<StatisticsEvent['layers'][number]>(layerStatistics, event.layers)
  const { filters: _, ...told } = event
  return {
    ...told,
    layers: layers.map(({ histogram: _, ...rest }) => rest),
    parameters: knownOf(parameterStatistics, event.parameters),
    gradient: held,
  }
}
