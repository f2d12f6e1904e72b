import type { Occasion } from '../../augment/index.ts'
import { type Tensor, zeros } from '../../core/index.ts'
import { parametersOf } from '../../nn/index.ts'
import { isFrozen, type Optimizer } from '../../optim/index.ts'
import { type CompileOptions, compileGraph, type Program } from '../../runtime/index.ts'
import type { Horizon } from '../../schedules/index.ts'
import { drawer, fillAugmented } from '../evaluation/chance.ts'
import { GradientSums, partSize } from './micro-batches.ts'
import { firstBroken, withRowSums } from './row-sums.ts'
import { type GraphOptions, names, type TrainingGraph, trainingGraph } from './training-graph.ts'
import { createUpdater, type Updater } from './updater.ts'

export interface TrainStepOptions extends Omit<GraphOptions, 'frozen'>, CompileOptions {
  readonly optimizer: Optimizer
  /** Parts that the batch is worked through in, which takes less memory; must divide the batch size. Default: 1. */
  readonly accumulate?: number
  /** The length of the run, for schedules. */
  readonly horizon: Horizon
  /** Seeds what layers draw, such as the masks of dropout. */
  readonly seed: number
  /**
   * Parameters and buffers by name. The step moves the parameters to memory of its own and puts the new tensors in their
   * places, then changes them in place.
   */
  readonly tensors: Map<string, Tensor>
  /** Optimizer state by name, from a checkpoint; fresh state by default. */
  readonly state?: ReadonlyMap<string, Tensor>
}

export interface StepResult {
  /** Mean loss of the batch, before the update. */
  readonly loss: number
  /** Correct predictions in the batch; undefined for tasks without classes. */
  readonly correct: number | undefined
  /** Sums of the squared errors of the batch, by number to predict; absent where there are none. */
  readonly squares?: readonly number[]
  /** The first parameter whose gradient is not finite, though the loss is, if there is one: nothing was changed then. */
  readonly broken?: string
}

/** Looks on while a step is done, and changes nothing. */
export interface StepWatcher {
  /** The batch is there. Parameters, and the gradients of the step before, are still as that step left them. */
  begin(): Promise<void>
  /** The gradients of the batch are there; the parameters are as they were. */
  beforeUpdate(): void
}

interface Parts {
  readonly training: TrainingGraph
  readonly program: Program
  readonly updater: Updater
}

/**
 * One training step: forward, loss, backward in one graph, then the update of every parameter as one pass over memory.
 * Write a batch into {@link inputs} and {@link targets}, then {@link run}.
 *
 * With `accumulate` the graph is that of a part of the batch and runs once for each part; the gradient is the mean of the
 * parts'. That is the gradient of the whole batch if its loss is the mean over samples that all weigh the same, and if
 * no layer looks at the batch: batch-norm uses the statistics of each part, and moves its running ones with each.
 */
export class TrainStep {
  /** `[N, ...inputShape]` float32. */
  readonly inputs: Tensor<'float32'>
  readonly targets: Tensor
  /** Optimizer state by its name in checkpoints. */
  readonly state: ReadonlyMap<string, Tensor>
  readonly #options: TrainStepOptions
  readonly #training: TrainingGraph
  readonly #program: Program
  readonly #updater: Updater
  readonly #parts: number
  readonly #sums: GradientSums | undefined

  constructor(options: TrainStepOptions, { training, program, updater }: Parts) {
    const { accumulate: parts = 1 } = options
    this.#options = options
    this.#training = training
    this.#program = program
    this.#updater = updater
    this.#parts = parts
    this.#sums = parts > 1 ? new GradientSums(updater.gradients, parts) : undefined
    this.inputs = wholeOf(program.inputs[names.inputs]!, parts) as Tensor<'float32'>
    this.targets = wholeOf(program.inputs[names.targets]!, parts)
    this.state = updater.state
  }

  /**
   * Runs the step number `step` (from 0) on the batch in {@link inputs} and {@link targets}.
   * When the loss or a gradient is not finite nothing is changed: parameters, buffers and state stay as they were.
   * @param factor what the learning rate is multiplied by, besides its schedule. Default: 1.
   * @param occasion which samples the batch has, in which epoch: needed where inputs are augmented.
   */
  async run(step: number, factor = 1, occasion?: Occasion, watcher?: StepWatcher): Promise<StepResult> {
    const { augment, seed, horizon } = this.#options
    const draw = drawer(this.#training, seed, step)
    const { outputs } = this.#program
    const undo = this.#buffersNow()
    let squares: number[] | undefined
    let [loss, correct]: [number, number | undefined] = [0, undefined]
    await watcher?.begin()
    for (let part = 0; part < this.#parts; part++) {
      this.#feed(part)
      fillAugmented(this.#program, this.#training, { augment, occasion, part })
      draw(this.#program)
      await this.#program.run()
      loss += Number(outputs[names.loss]!.data[0]) / this.#parts
      const right = outputs[names.correct]
      if (right) correct = (correct ?? 0) + Number(right.data[0])
      const errors = outputs[names.squares]?.data as Float32Array | undefined
      if (errors) squares = Array.from(errors, (error, i) => error + (squares?.[i] ?? 0))
      this.#sums?.add((name) => outputs[names.gradient(name)]!, part)
      // A gradient that is not finite would spoil the parameters, and with them whatever could tell where it came from.
      const isLossFinite = Number.isFinite(loss)
      const broken = isLossFinite ? firstBroken(this.#updater.gradients, outputs) : undefined
      if (!isLossFinite || broken !== undefined) {
        undo()
        return { loss, correct, ...(broken !== undefined && { broken }) }
      }
      if (part === this.#parts - 1) {
        watcher?.beforeUpdate()
        this.#updater.run(step, { ...horizon, factor })
      }
      for (const name of this.#training.buffers)
        this.#buffer(name).set(outputs[names.next(name)]!.data as Float32Array)
    }
    return { loss, correct, ...(squares && { squares }) }
  }

  /** Ends the threads that update parameters besides this one, which a later {@link run} would start again. */
  end(): void {
    this.#updater.end()
  }

  /** What the graph was made from: a part of the batch, if the step takes parts. */
  get graph(): GraphOptions {
    return graphOf(this.#options)
  }

  /** The gradients of the last batch, by the names of the parameters that are trained; zeros before the first. */
  get gradients(): ReadonlyMap<string, Tensor> {
    return this.#updater.gradients
  }

  /** All that the last run of the graph read, besides parameters and buffers. */
  get feeds(): Readonly<Record<string, Tensor>> {
    const { augmented, draws } = this.#training
    const drawn = [...augmented, ...draws.map(({ value }) => value)].map(({ name }) => name!)
    const given = [names.inputs, names.targets, ...drawn]
    return Object.fromEntries(given.map((name) => [name, this.#program.inputs[name]!]))
  }

  /** Gives the graph its part of the batch. */
  #feed(part: number): void {
    if (this.#parts === 1) return
    for (const name of [names.inputs, names.targets] as const) {
      const place = this.#program.inputs[name]!.data as Float32Array
      const whole = this[name].data as Float32Array
      place.set(whole.subarray(part * place.length, (part + 1) * place.length))
    }
  }

  /** What brings the buffers back to what they are now: parts of a batch move them one after the other. */
  #buffersNow(): () => void {
    if (this.#parts === 1) return () => {}
    const held = this.#training.buffers.map((name) => this.#buffer(name).slice())
    return () => {
      held.forEach((values, i) => {
        this.#buffer(this.#training.buffers[i]!).set(values)
      })
    }
  }

  #buffer(name: string): Float32Array {
    return this.#options.tensors.get(name)!.data as Float32Array
  }
}

/** Where a whole batch is written: the graph's own input, or if it takes parts a tensor of so many. */
function wholeOf(part: Tensor, parts: number): Tensor {
  return parts === 1 ? part : zeros([part.shape[0]! * parts, ...part.shape.slice(1)], part.dtype)
}

function graphOf(options: TrainStepOptions): GraphOptions {
  const {
    model,
    loss,
    inputShape,
    augment,
    batchSize,
    accumulate = 1,
    optimizer,
    lowering: fold = true,
  } = options
  const frozen = (name: string) => isFrozen(optimizer, name)
  return { model, loss, inputShape, augment, batchSize: partSize(batchSize, accumulate), frozen, fold }
}

/** Builds and compiles the training step of a model. */
export async function createTrainStep(options: TrainStepOptions): Promise<TrainStep> {
  const { model, optimizer, tensors, state, threads, lowering, programs, accumulate = 1 } = options
  const parameters = parametersOf(model).map(({ name, spec: { shape, decay } }) => ({ name, shape, decay }))
  const updater = await createUpdater({ optimizer, parameters, tensors, state, threads })
  const training = trainingGraph(graphOf(options))
  const isWhole = accumulate === 1
  const graph = isWhole ? withRowSums(training) : training.graph
  const program = await compileGraph(graph, { threads, lowering, programs })
  bindTensors(program, tensors)
  if (isWhole) for (const [name, gradient] of updater.gradients) program.bind(names.gradient(name), gradient)
  return new TrainStep(options, { training, program, updater })
}

/** Lets a program read parameters and buffers where they are. */
export function bindTensors(program: Program, tensors: ReadonlyMap<string, Tensor>): void {
  for (const [name, held] of tensors) if (name in program.inputs) program.bind(name, held)
}
