import { Random } from '../core/index.ts'
import type {
  DataFacts,
  LabelDoubts,
  LayerFacts,
  LayerStatistics,
  ParameterStatistics,
  RecipeFacts,
  Scores,
  StartEvent,
  StatisticsEvent,
  TrainEvent,
  WeightFacts,
} from '../train/index.ts'

/** A made-up run; what is not given is healthy. Curves are functions of the time in the run, 0 to 1. */
export interface MadeUp {
  readonly epochs?: number
  readonly stepsPerEpoch?: number
  readonly loss?: (t: number) => number
  readonly accuracy?: (t: number) => number
  /** `null` for a run without a validation split. */
  readonly validation?: ((t: number) => Scores) | null
  readonly test?: { readonly scores: Scores; readonly samples: number; readonly doubts?: LabelDoubts } | null
  readonly data?: Partial<StartEvent['data']>
  readonly layers?: readonly LayerFacts[]
  readonly recipe?: Partial<RecipeFacts>
  readonly facts?: Partial<DataFacts>
  readonly weights?: readonly WeightFacts[]
  /** `null` for a run without statistics. */
  readonly statistics?: ((t: number) => MadeUpStatistics) | null
  /** Put in before the end. */
  readonly more?: readonly TrainEvent[]
  readonly outcome?: 'finished' | 'failed'
}

export interface MadeUpStatistics {
  readonly layers?: readonly LayerStatistics[]
  readonly parameters?: readonly ParameterStatistics[]
  readonly gradient?: StatisticsEvent['gradient']
  readonly input?: StatisticsEvent['input']
}

const time = '2026-01-01T00:00:00.000Z'
const CLASSES = 10

/** A convolution and two linear layers with ReLU, which learn to tell ten classes. */
const paths = ['0', '1', '3', '4', '5'] as const
const types = ['conv2d', 'relu', 'linear', 'relu', 'linear'] as const

/** The facts of layers one after another. */
export const layersOf = (...list: readonly string[]): LayerFacts[] => [
  { path: '', type: 'sequential', shape: [CLASSES], parameters: [] },
  ...list.map((type, i) => ({
    path: String(i),
    type,
    shape: [i === list.length - 1 ? CLASSES : 32],
    parameters: /linear|conv/.test(type) ? [`${i}.weight`, `${i}.bias`] : [],
  })),
]

/** The statistics of a healthy layer, changed where asked. */
export const layerLike = (
  path: string,
  type: string,
  change: Partial<LayerStatistics> = {},
): LayerStatistics => ({
  path,
  type,
  mean: type === 'relu' ? 0.4 : 0,
  std: type === 'relu' ? 0.6 : 1,
  zeros: type === 'relu' ? 0.5 : 0,
  ...(type === 'relu' && { dead: 0.01 }),
  ...(type === 'tanh' || type === 'sigmoid' ? { saturated: 0.03 } : {}),
  gradient: { mean: 0, std: 1e-3 },
  ...change,
})

/** The statistics of a healthy parameter, changed where asked. */
export const parameterLike = (
  name: string,
  change: Partial<ParameterStatistics> = {},
): ParameterStatistics => ({
  name,
  norm: 6,
  gradientNorm: 0.5,
  std: 0.1,
  gradientStd: 0.01,
  updateRatio: 1.5e-3,
  ...change,
})

const weightLike = (name: string): WeightFacts => ({
  name,
  shape: [32, 32],
  std: 0.1,
  sameUnits: false,
  sameInputs: false,
})

/** The events of a run that never was: for the examples of checks, and to try checks on. */
export function madeUpRun(made: MadeUp = {}): TrainEvent[] {
  const { epochs = 10, stepsPerEpoch = 20, outcome = 'finished', more = [] } = made
  const steps = epochs * stepsPerEpoch
  const test =
    made.test === undefined ? { scores: { loss: 0.12, accuracy: 0.965 }, samples: 1000 } : made.test
  const events = Array.from({ length: epochs }, (_, e) => epochEvents(made, e, epochs, stepsPerEpoch)).flat()
  const tested = test
    ? [{ type: 'evaluation', split: 'test', time, step: steps, epoch: epochs, ...test, seconds: 1 } as const]
    : []
  const summary = {
    run: 'runs/made-up',
    epochs,
    steps,
    seconds: 9,
    imagesPerSecond: 1,
    parameters: 1,
    files: [],
  }
  return [
    startOf(made, epochs, stepsPerEpoch),
    ...events,
    ...more,
    ...tested,
    { type: 'end', time, step: steps, outcome, ...summary },
  ]
}

function startOf(made: MadeUp, epochs: number, stepsPerEpoch: number): StartEvent {
  const { recipe, facts, weights = ['0.weight', '3.weight', '5.weight'].map(weightLike) } = made
  const batchSize = recipe?.batchSize ?? 32
  const train = batchSize * stepsPerEpoch
  const data = {
    name: 'made up',
    train,
    validation: 400,
    test: 1000,
    inputShape: [1, 8, 8],
    classes: CLASSES,
  }
  const own = paths.map((path, i) => {
    const type = types[i]!
    const parameters = type === 'relu' ? [] : [`${path}.weight`, `${path}.bias`]
    return { path, type, shape: [type === 'linear' && i === 4 ? CLASSES : 32], parameters }
  })
  const layers = made.layers ?? [{ path: '', type: 'sequential', shape: [CLASSES], parameters: [] }, ...own]
  return {
    type: 'start',
    time,
    step: 0,
    run: 'runs/made-up',
    resumed: false,
    data: { ...data, ...made.data },
    model: { name: 'sequential', parameters: 4000, multiplyAdds: 4000, layers },
    epochs,
    batchSize,
    stepsPerEpoch,
    device: 'cpu',
    threads: 1,
    seed: 0,
    recipe: { ...healthyRecipe, ...recipe },
    facts: { ...healthyFacts, ...facts },
    weights,
  }
}

const healthyRecipe: RecipeFacts = {
  loss: { name: 'crossEntropy', args: [] },
  task: 'classification',
  optimizer: 'sgd',
  links: [
    { name: 'momentum', args: [0.9] },
    { name: 'byRate', args: [0.05] },
  ],
  rates: [0.05, 0.04, 0.025, 0.007, 0],
  batchSize: 32,
  accumulate: 1,
  shuffle: true,
  preprocess: 'standardize()',
  sampling: null,
  augment: [],
  hooks: [],
  populationStatistics: false,
}

const healthyFacts: DataFacts = {
  classCounts: new Array<number>(CLASSES).fill(64),
  sameClass: { inBatch: 0.1, inAll: 0.1 },
  inputs: { samples: 640, mean: 0, std: 1, min: -1, max: 3 },
  duplicates: { validation: 0, test: 0 },
}

function epochEvents(made: MadeUp, e: number, epochs: number, batches: number): TrainEvent[] {
  const { loss = (t) => 2.3 * Math.exp(-4 * t) + 0.03, accuracy = (t) => 0.99 - 0.89 * Math.exp(-8 * t) } =
    made
  const rateAt = (t: number) => 0.05 * (1 - t)
  const steps = Array.from({ length: batches }, (_, i): TrainEvent[] => {
    const [step, t] = [e * batches + i + 1, (e * batches + i) / (epochs * batches)]
    const noise = new Random('made up', step).uniform(0.9, 1.1)
    const [seconds, samplesPerSecond] = [0.01, 3200]
    const metrics = { accuracy: accuracy(t) }
    const base = { type: 'step', time, step, epoch: e + 1, batch: i + 1, batches } as const
    const event = { ...base, loss: loss(t) * noise, rate: rateAt(t), metrics, seconds, samplesPerSecond }
    const isSampled = made.statistics !== null && i % Math.max(1, Math.floor(batches / 4)) === 0
    return isSampled ? [event, statisticsAt(made, t, e + 1, step)] : [event]
  }).flat()
  const t = (e + 1) / epochs
  const validation =
    made.validation === null
      ? undefined
      : (made.validation?.(t) ?? { loss: loss(t) + 0.08, accuracy: accuracy(t) - 0.012 })
  const [step, middle] = [(e + 1) * batches, (e + 0.5) / epochs]
  const train = { loss: loss(middle), accuracy: accuracy(middle) }
  const at = { step, epoch: e + 1, epochs, batches, rate: rateAt(t), seconds: 1, samplesPerSecond: 3200 }
  return [...steps, { type: 'epoch', time, ...at, train, ...(validation && { validation }), best: true }]
}

function statisticsAt(made: MadeUp, t: number, epoch: number, step: number): StatisticsEvent {
  const own = made.statistics?.(t)
  return {
    type: 'statistics',
    time,
    step,
    epoch,
    layers: own?.layers ?? paths.map((path, i) => layerLike(path, types[i]!)),
    parameters:
      own?.parameters ??
      ['0', '3', '5'].flatMap((path) => [parameterLike(`${path}.weight`), parameterLike(`${path}.bias`)]),
    gradient: own?.gradient ?? { norm: 1 - 0.5 * t, cosine: 0.4, noise: 60 },
    input: own?.input ?? { mean: 0, std: 1 },
  }
}
