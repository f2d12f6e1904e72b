import { type DType, sizeOf, type Tensor, type TypedArray, tensor, zeros } from '../../core/index.ts'
import {
  checkOptimizer,
  checkpointName,
  constraintsOf,
  initialMemory,
  initialState,
  isFrozen,
  type Optimizer,
  type ParamInfo,
  reduceAt,
  reductionsOf,
  scalarsAt,
  sumsGraph,
  updateGraph,
} from '../../optim/index.ts'
import {
  allocateTogether,
  type FusedSums,
  fuse,
  fuseSums,
  Team,
  updateThreads,
  type Work,
} from '../../runtime/index.ts'
import type { Horizon } from '../../schedules/index.ts'

export interface UpdaterOptions {
  readonly optimizer: Optimizer
  /** All parameters of the model; those that the optimizer freezes are left alone. */
  readonly parameters: readonly ParamInfo[]
  /** The values by name. The updater moves them to memory of its own and puts the new tensors in their places. */
  readonly tensors: Map<string, Tensor>
  /** Optimizer state by its name in checkpoints; fresh state by default. */
  readonly state?: ReadonlyMap<string, Tensor>
  /**
   * Threads that update. With more than one the tensors lie in memory that threads share, which not every ONNX Runtime
   * takes: {@link createUpdater} finds out. Default: 1.
   */
  readonly threads?: number
}

/** A parameter with its update, over arrays `p`, `g`, and the state under the names of its inputs. */
interface Slot {
  readonly update: Work
  /** By the names of the links that need sums. */
  readonly sums: Readonly<Record<string, FusedSums>>
  readonly constraints: readonly ((values: Float32Array | Float64Array) => void)[]
}

/**
 * Runs an optimizer on the host: one pass over memory for each parameter, and before it one for each link that needs sums
 * over all gradients. Write into {@link gradients}, then {@link run}.
 *
 * Several threads can do the update, with the same bits. Sums and constraints stay on the calling thread: sums only read
 * the gradients, and the order of additions would depend on the number of threads.
 */
export class Updater {
  /** Where gradients go, by the names of the parameters that are trained. */
  readonly gradients: ReadonlyMap<string, Tensor>
  /** Optimizer state by its name in checkpoints; {@link run} changes it in place. */
  readonly state: ReadonlyMap<string, Tensor>
  readonly #optimizer: Optimizer
  readonly #reductions: readonly string[]
  readonly #memory: ReadonlyMap<string, ReadonlyMap<string, Tensor>>
  readonly #slots: readonly Slot[]
  readonly #team: Team

  /** @throws if the optimizer does not fit the parameters. */
  constructor({ optimizer, parameters, tensors, state: given, threads = 1 }: UpdaterOptions) {
    checkOptimizer(
      optimizer,
      parameters.map(({ name }) => name),
    )
    this.#optimizer = optimizer
    this.#reductions = reductionsOf(optimizer)
    const gradients = new Map<string, Tensor>()
    const state = new Map<string, Tensor>()
    const trained = parameters.filter(({ name }) => !isFrozen(optimizer, name))
    const places = trained.map((info) => placesOf(optimizer, info, { tensors, given }))
    moveTogether(
      places.flatMap((place) => Object.values(place)),
      threads > 1,
    )
    this.#slots = trained.map((info, i) => {
      const held = mapValues(places[i]!, ({ tensor }) => tensor)
      for (const [key, value] of Object.entries(held)) {
        if (key === 'p') tensors.set(info.name, value)
        else if (key === 'g') gradients.set(info.name, value)
        else state.set(checkpointName(key, info.name), value)
      }
      return slotOf(
        optimizer,
        info,
        mapValues(held, ({ data }) => data),
      )
    })
    this.#team = new Team(
      this.#slots.map(({ update }) => update),
      threads,
    )
    this.#memory = memoryOf(optimizer, given)
    for (const [key, memory] of this.#memory) {
      for (const [name, value] of memory) state.set(`optimizer/${key}/${name}`, value)
    }
    this.gradients = gradients
    this.state = state
  }

  /**
   * Updates every parameter for the step number `step` (from 0), from the gradients in {@link gradients}.
   * @throws if a sum over all gradients is not finite; nothing is changed then.
   */
  run(step: number, horizon: Horizon): void {
    const scalars = scalarsAt(this.#optimizer, step, horizon)
    for (const key of this.#reductions) Object.assign(scalars, this.#reduce(key, step, scalars))
    this.#team.run(scalars)
    for (const { update, constraints } of this.#slots)
      for (const constrain of constraints) constrain(update.arrays.p as Float32Array)
  }

  /** Ends the other threads, if there are any; a later {@link run} starts new ones. */
  end(): void {
    this.#team.end()
  }

  /** The numbers that a link makes of its sums; its memory goes on. */
  #reduce(key: string, step: number, scalars: Readonly<Record<string, number>>): Record<string, number> {
    const sums: Record<string, number> = {}
    for (const slot of this.#slots) {
      const { arrays, length } = slot.update
      const parts = slot.sums[key]!.run(arrays, scalars, length)
      for (const [name, part] of Object.entries(parts)) sums[name] = (sums[name] ?? 0) + part
    }
    const held = this.#memory.get(key)!
    const memory = Object.fromEntries([...held].map(([name, { data }]) => [name, Number(data[0])]))
    const result = reduceAt(this.#optimizer, key, { sums, memory, step })
    for (const [name, { data }] of held) (data as Float64Array)[0] = result.memory[name]!
    return result.scalars
  }
}

/** An updater on as many threads as pay, at most `threads` (default: one for each core). */
export async function createUpdater({ threads, ...options }: UpdaterOptions): Promise<Updater> {
  const trained = options.parameters.filter(({ name }) => !isFrozen(options.optimizer, name))
  const numbers = trained.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  return new Updater({ ...options, threads: await updateThreads(numbers, threads) })
}

/** A tensor that is to move. */
interface Place {
  tensor: Tensor
}

/** What the update of a parameter works on, where it is now. */
function placesOf(
  optimizer: Optimizer,
  info: ParamInfo,
  { tensors, given }: { tensors: ReadonlyMap<string, Tensor>; given: UpdaterOptions['state'] },
): Record<string, Place> {
  const p = tensors.get(info.name)!
  const g: Tensor = zeros(p.shape, p.dtype)
  const fresh = initialState(optimizer, { ...info, dtype: p.dtype })
  const state = Object.entries(fresh).map(([key, tensor]): [string, Place] => [
    key,
    { tensor: given?.get(checkpointName(key, info.name)) ?? tensor },
  ])
  return { p: { tensor: p }, g: { tensor: g }, ...Object.fromEntries(state) }
}

/** Moves tensors to one memory, those of float32: loops over others run in JavaScript, wherever they lie. */
function moveTogether(places: readonly Place[], shared: boolean): void {
  const moving = places.filter((place) => place.tensor.dtype === 'float32')
  const arrays = allocateTogether(
    moving.map((place) => place.tensor.data.length),
    shared,
  )
  moving.forEach((place, i) => {
    arrays[i]!.set(place.tensor.data as Float32Array)
    place.tensor = { ...place.tensor, data: arrays[i]! }
  })
}

function slotOf(optimizer: Optimizer, param: ParamInfo, arrays: Record<string, TypedArray>): Slot {
  const dtype: DType = arrays.p instanceof Float64Array ? 'float64' : 'float32'
  const info = { ...param, dtype }
  const sums = reductionsOf(optimizer).map((key) => [key, fuseSums(sumsGraph(optimizer, info, key))])
  return {
    update: { loop: fuse(updateGraph(optimizer, info)), arrays, length: arrays.p!.length },
    sums: Object.fromEntries(sums),
    constraints: constraintsOf(optimizer, info),
  }
}

/** The memory of the links that have sums, as tensors of shape [], by link. */
function memoryOf(optimizer: Optimizer, given: UpdaterOptions['state']) {
  const links = Object.entries(initialMemory(optimizer)).map(([key, memory]) => {
    const tensors = Object.entries(memory).map(([name, first]): [string, Tensor] => [
      name,
      given?.get(`optimizer/${key}/${name}`) ?? tensor([first], [], 'float64'),
    ])
    return [key, new Map(tensors)] as const
  })
  return new Map(links)
}

const mapValues = <T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
