import { Random, type Shape, type Tensor } from '../../core/index.ts'
import { initialize, type Layer, parametersOf, summary } from '../../nn/index.ts'
import { isFrozen } from '../../optim/index.ts'
import type { CompileOptions } from '../../runtime/index.ts'
import type { CheckedRecipe, Prepared } from '../../train/index.ts'
import { withoutChance } from './calm.ts'
import { moved } from './moved.ts'
import { Probe, type Reading } from './probe.ts'
import { Trainer } from './trainer.ts'

/** Training samples as the network gets them, before augmentation. */
export interface Samples {
  /** [count, ...shape] */
  readonly inputs: Float32Array
  /** Classes, or numbers to predict. */
  readonly labels: Int32Array | Float32Array
  readonly count: number
}

/** Multiply-adds of one sample from which on checks take few samples. */
const LARGE_MODEL = 5e7
const HANDFUL = 10

/** What is checked: a recipe made concrete, with what several checks need. Nothing of it is ever changed. */
export class Subject {
  readonly recipe: CheckedRecipe
  readonly prepared: Prepared
  /** The model without chance: see {@link withoutChance}. */
  readonly calmModel: Layer
  /** Without the batch axis. */
  readonly inputShape: Shape
  /** Samples in a batch of a check: enough for statistics, few enough to be quick. */
  readonly batchSize: number
  /** Samples that a model must be able to learn by heart. */
  readonly handful: number
  /** Parameters and buffers as training starts with them. */
  readonly start: ReadonlyMap<string, Tensor>
  /** A point nearby at which nothing is special: no parameter is 0. */
  readonly generic: ReadonlyMap<string, Tensor>
  /** Parameters that the optimizer trains. */
  readonly trained: readonly string[]
  readonly compile: CompileOptions
  readonly signal: AbortSignal | undefined
  #probe: Promise<Probe> | undefined
  #atStart: Promise<Reading> | undefined
  #atGeneric: Promise<Reading> | undefined
  #trainer: Promise<Trainer> | undefined
  #read: Promise<Samples> | undefined

  constructor(
    recipe: CheckedRecipe,
    prepared: Prepared,
    { signal, ...compile }: CompileOptions & { readonly signal?: AbortSignal | undefined },
  ) {
    const { model, optimizer, train } = prepared
    this.recipe = recipe
    this.prepared = prepared
    this.calmModel = withoutChance(model)
    this.inputShape = train.inputShape.slice(1)
    const isLarge = summary(model, this.inputShape).multiplyAdds > LARGE_MODEL
    this.batchSize = Math.min(isLarge ? 8 : 16, train.samplesPerEpoch)
    this.handful = Math.min(HANDFUL, train.samplesPerEpoch)
    this.start = initialize(model, recipe.seed)
    this.generic = moved(model, this.start, recipe.seed)
    this.trained = parametersOf(model).flatMap(({ name }) => (isFrozen(optimizer, name) ? [] : [name]))
    this.compile = compile
    this.signal = signal
  }

  /** Whether a parameter stays as it is. */
  readonly frozen = (name: string): boolean => isFrozen(this.prepared.optimizer, name)

  /** The loss, what layers give and the gradients of one batch, for any parameters. */
  probe(): Promise<Probe> {
    this.#probe ??= this.samples(this.batchSize).then((samples) => Probe.create(this, samples))
    return this.#probe
  }

  /** What the probe reads where training starts. */
  atStart(): Promise<Reading> {
    this.#atStart ??= this.probe().then((probe) => probe.read(this.start))
    return this.#atStart
  }

  /** What the probe reads a little beside the start. */
  atGeneric(): Promise<Reading> {
    this.#atGeneric ??= this.probe().then((probe) => probe.read(this.generic))
    return this.#atGeneric
  }

  /** Trains on a handful of samples; who uses it begins with `restore`. */
  trainer(): Promise<Trainer> {
    this.#trainer ??= this.samples(this.handful).then((samples) => Trainer.create(this, samples))
    return this.#trainer
  }

  /** Ends the threads that were started. */
  async end(): Promise<void> {
    if (this.#trainer) (await this.#trainer).end()
  }

  /** The first training samples in the order of the run; fewer if there are fewer. */
  async samples(count: number): Promise<Samples> {
    if (!this.#read || (await this.#read).count < count) this.#read = this.#readSamples(count)
    const all = await this.#read
    const taken = Math.min(count, all.count)
    const part = <T extends Float32Array | Int32Array>(values: T) =>
      values.slice(0, (values.length / all.count) * taken) as T
    return { inputs: part(all.inputs), labels: part(all.labels), count: taken }
  }

  async #readSamples(count: number): Promise<Samples> {
    const { train } = this.prepared
    const batches = Math.min(Math.ceil(count / train.batchSize), train.batchesPerEpoch)
    const total = Math.min(count, batches * train.batchSize)
    const batch = train.allocate()
    const size = batch.inputs.length / train.batchSize
    const width = batch.labels.length / train.batchSize
    const inputs = new Float32Array(total * size)
    const labels = new (batch.labels instanceof Int32Array ? Int32Array : Float32Array)(total * width)
    for (let step = 0; step < batches; step++) {
      await train.read(0, step, batch)
      const rows = Math.min(train.batchSize, total - step * train.batchSize)
      inputs.set(batch.inputs.subarray(0, rows * size), step * train.batchSize * size)
      labels.set(batch.labels.subarray(0, rows * width), step * train.batchSize * width)
    }
    return { inputs, labels, count: total }
  }

  /** A random stream of a check's own. */
  random(...key: (string | number)[]): Random {
    return new Random(this.recipe.seed, 'verify', ...key)
  }
}
