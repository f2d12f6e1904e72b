import { Random, type Tensor } from '../core/index.ts'
import { fillRandom, parametersOf } from '../nn/index.ts'
import { checkpointName, initialState, type Optimizer, scalarsAt, updateGraph } from '../optim/index.ts'
import { type CompileOptions, compileGraph, type FusedLoop, fuse, type Program } from '../runtime/index.ts'
import type { Horizon } from '../schedules/index.ts'
import { type GraphOptions, names, type TrainingGraph, trainingGraph } from './training-graph.ts'

export interface TrainStepOptions extends GraphOptions, CompileOptions {
  readonly optimizer: Optimizer
  /** The length of the run, for schedules. */
  readonly horizon: Horizon
  /** Seeds what layers draw, such as the masks of dropout. */
  readonly seed: number
  /** Parameters and buffers by name; the step changes them in place. */
  readonly tensors: ReadonlyMap<string, Tensor>
  /** Optimizer state by name, from a checkpoint; fresh state by default. */
  readonly state?: ReadonlyMap<string, Tensor>
}

export interface StepResult {
  /** Mean loss of the batch, before the update. */
  readonly loss: number
  /** Correct predictions in the batch; undefined for tasks without classes. */
  readonly correct: number | undefined
}

/**
 * One training step: forward, loss, backward in one graph, then the update of every parameter as one pass over memory.
 * Write a batch into {@link inputs} and {@link targets}, then {@link run}.
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
  readonly #updates: readonly Update[]

  constructor(options: TrainStepOptions, training: TrainingGraph, program: Program) {
    this.#options = options
    this.#training = training
    this.#program = program
    this.inputs = program.inputs[names.inputs] as Tensor<'float32'>
    this.targets = program.inputs[names.targets]!
    const { updates, state } = prepareUpdates(options, program)
    this.#updates = updates
    this.state = state
  }

  /**
   * Runs the step number `step` (from 0) on the batch in {@link inputs} and {@link targets}.
   * When the loss is not finite nothing is changed: parameters, buffers and state stay as they were.
   */
  async run(step: number): Promise<StepResult> {
    this.#draw(step)
    await this.#program.run()
    const { outputs } = this.#program
    const loss = Number(outputs[names.loss]!.data[0])
    const correct = outputs[names.correct] && Number(outputs[names.correct]!.data[0])
    if (Number.isFinite(loss)) {
      this.#update(step)
      for (const name of this.#training.buffers) {
        const next = outputs[names.next(name)]!.data as Float32Array
        ;(this.#options.tensors.get(name)!.data as Float32Array).set(next)
      }
    }
    return { loss, correct }
  }

  /** All that the last step read, besides parameters and buffers. */
  get feeds(): Readonly<Record<string, Tensor>> {
    const given = [names.inputs, names.targets, ...this.#training.draws.map(({ value }) => value.name!)]
    return Object.fromEntries(given.map((name) => [name, this.#program.inputs[name]!]))
  }

  /** What layers draw is a function of (seed, step, layer), so a resumed run draws the same. */
  #draw(step: number): void {
    for (const { value, fill } of this.#training.draws) {
      const random = new Random(this.#options.seed, 'draw', step, value.name!)
      fillRandom(this.#program.inputs[value.name!]!.data, fill, random)
    }
  }

  #update(step: number): void {
    const scalars = scalarsAt(this.#options.optimizer, step, this.#options.horizon)
    for (const { loop, arrays, length } of this.#updates) loop.run(arrays, scalars, length)
  }
}

interface Update {
  readonly loop: FusedLoop
  readonly arrays: Record<string, Float32Array>
  readonly length: number
}

/** For each parameter its fused update with the arrays it works on, and the optimizer state by name. */
function prepareUpdates({ model, optimizer, tensors, state: given }: TrainStepOptions, program: Program) {
  const state = new Map<string, Tensor>()
  const updates = parametersOf(model).map(({ name, spec }): Update => {
    const parameter = tensors.get(name)!
    const arrays: Record<string, Float32Array> = {
      p: parameter.data as Float32Array,
      g: program.outputs[names.gradient(name)]!.data as Float32Array,
    }
    const info = { name, decay: spec.decay, shape: spec.shape, dtype: parameter.dtype }
    for (const [key, fresh] of Object.entries(initialState(optimizer, info))) {
      const full = checkpointName(key, name)
      const held = given?.get(full) ?? fresh
      state.set(full, held)
      arrays[key] = held.data as Float32Array
    }
    return { loop: fuse(updateGraph(optimizer, info)), arrays, length: parameter.data.length }
  })
  return { updates, state }
}

/** Builds and compiles the training step of a model. */
export async function createTrainStep(options: TrainStepOptions): Promise<TrainStep> {
  const training = trainingGraph(options)
  const { threads, lowering } = options
  const program = await compileGraph(training.graph, { threads, lowering })
  bindTensors(program, options.tensors)
  return new TrainStep(options, training, program)
}

/** Lets a program read parameters and buffers where they are. */
export function bindTensors(program: Program, tensors: ReadonlyMap<string, Tensor>): void {
  for (const [name, held] of tensors) if (name in program.inputs) program.bind(name, held)
}
