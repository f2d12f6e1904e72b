import type { Shape } from '../core/index.ts'
import { type BatchBuffers, BatchPlan, type LoaderOptions } from './batch-plan.ts'
import { type Indices, isReader, type MemorySplit, resolveIndices, type Split } from './dataset.ts'
import { type Encode, encoder } from './encode.ts'

/** Samples for one step. */
export interface Batch extends BatchBuffers {
  /** How many samples are real: the rest of a last batch repeats them, so that shapes stay the same. */
  readonly count: number
}

/** Batches of samples, in an order that is a function of (seed, epoch) alone. */
export interface Loader {
  readonly batchSize: number
  readonly batchesPerEpoch: number
  /** Samples that an epoch covers: all of them, less what `dropLast` drops. */
  readonly samplesPerEpoch: number
  /** The shape of a batch's inputs, [batchSize, ...sample shape]. */
  readonly inputShape: Shape
  /**
   * The batches of an epoch, from step `fromStep` on (default 0). Two sets of buffers take turns, in all epochs: a
   * batch holds until the second one after it is asked for, or another epoch is begun; iterate one at a time.
   * A loop that awaits its steps wraps this in `prefetch`.
   * @throws if the epoch or the step is not one of this loader's.
   */
  batches(epoch: number, fromStep?: number): Iterable<Batch> | AsyncIterable<Batch>
  /**
   * Writes the batch of one step into buffers of the caller's; returns how many samples are real.
   * @param step 0 .. batchesPerEpoch - 1
   */
  read(epoch: number, step: number, into: BatchBuffers): number | Promise<number>
  /** New buffers for a batch. */
  allocate(): BatchBuffers
}

/** Batches of samples in memory, which are there at once. */
export interface MemoryLoader extends Loader {
  batches(epoch: number, fromStep?: number): Generator<Batch, void, undefined>
  read(epoch: number, step: number, into: BatchBuffers): number
}

/**
 * Loads batches, from samples in memory or wherever they are read from.
 * @param indices the samples to use, such as a side of `splitValidation`.
 * @throws if the options do not fit the samples: no full batch to be had, or a normalizer for other channels.
 */
export function loader(split: MemorySplit, indices: Indices, options: LoaderOptions): MemoryLoader
export function loader(split: Split, indices: Indices, options: LoaderOptions): Loader
export function loader(split: Split, indices: Indices, options: LoaderOptions): Loader {
  const { inputs, shape } = split
  const plan = new BatchPlan(split, resolveIndices(split, indices, 'loader'), options)
  if (!isReader(inputs)) return new FromMemory(plan, encoder(inputs, shape, options.normalizer))
  const rooms: (Uint8Array | Float32Array)[] = []
  return new FromReader(plan, async (samples, count, out) => {
    const room = rooms.pop() ?? new (inputs.dtype === 'uint8' ? Uint8Array : Float32Array)(out.length)
    await inputs.read(samples.subarray(0, count), room)
    const encode = encoder(room, shape, options.normalizer)
    for (let row = 0; row < samples.length; row++) encode(row % count, out, row * plan.sampleSize)
    rooms.push(room)
  })
}

/** What loaders of both kinds have. */
abstract class FromPlan {
  readonly batchSize: number
  readonly batchesPerEpoch: number
  readonly samplesPerEpoch: number
  readonly inputShape: Shape
  protected readonly plan: BatchPlan
  protected readonly slots: readonly BatchBuffers[]

  constructor(plan: BatchPlan) {
    this.plan = plan
    this.batchSize = plan.batchSize
    this.batchesPerEpoch = plan.batchesPerEpoch
    this.samplesPerEpoch = plan.samplesPerEpoch
    this.inputShape = plan.inputShape
    this.slots = [plan.allocate(), plan.allocate()]
  }

  allocate(): BatchBuffers {
    return this.plan.allocate()
  }
}

class FromMemory extends FromPlan implements MemoryLoader {
  readonly #encode: Encode

  constructor(plan: BatchPlan, encode: Encode) {
    super(plan)
    this.#encode = encode
  }

  batches(epoch: number, fromStep = 0): Generator<Batch, void, undefined> {
    this.plan.expectPlace(epoch, fromStep)
    return this.#iterate(epoch, fromStep)
  }

  *#iterate(epoch: number, fromStep: number): Generator<Batch, void, undefined> {
    for (let step = fromStep; step < this.batchesPerEpoch; step++) {
      const slot = this.slots[step % 2]!
      yield { ...slot, count: this.read(epoch, step, slot) }
    }
  }

  read(epoch: number, step: number, into: BatchBuffers): number {
    const count = this.plan.fill(epoch, step, into)
    into.samples.forEach((sample, row) => {
      this.#encode(sample, into.inputs, row * this.plan.sampleSize)
    })
    return count
  }
}

/** Reads and encodes the first `count` of `samples`, and repeats them for the rest. */
type ReadRows = (samples: Uint32Array, count: number, out: Float32Array) => Promise<void>

class FromReader extends FromPlan implements Loader {
  readonly #readRows: ReadRows

  constructor(plan: BatchPlan, readRows: ReadRows) {
    super(plan)
    this.#readRows = readRows
  }

  batches(epoch: number, fromStep = 0): AsyncGenerator<Batch, void, undefined> {
    this.plan.expectPlace(epoch, fromStep)
    return this.#iterate(epoch, fromStep)
  }

  async *#iterate(epoch: number, fromStep: number): AsyncGenerator<Batch, void, undefined> {
    for (let step = fromStep; step < this.batchesPerEpoch; step++) {
      const slot = this.slots[step % 2]!
      yield { ...slot, count: await this.read(epoch, step, slot) }
    }
  }

  async read(epoch: number, step: number, into: BatchBuffers): Promise<number> {
    const count = this.plan.fill(epoch, step, into)
    await this.#readRows(into.samples, count, into.inputs)
    return count
  }
}
