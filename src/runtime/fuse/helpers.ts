import { Worker } from 'node:worker_threads'
import { GradusError, wasm } from '../../core/index.ts'
import { flushesTinyNumbers, type HelperTask, helperCode, type Job, signal } from './helper-code.ts'

export interface HelpersOptions {
  /** The WebAssembly memory that the threads share. */
  readonly memory: object
  readonly modules: readonly object[]
  /** What there is to do in a round. */
  readonly jobs: readonly Job[]
  /** How many scalars there are. */
  readonly scalars: number
  /** How many helpers, at least 1. */
  readonly count: number
}

/** Milliseconds and times that the calling thread waits for helpers: many short waits, since a machine may be suspended. */
const [patience, waits] = [1000, 120]

/**
 * Threads that run loops on a memory that they share with the calling thread. They start in the background; until then
 * {@link ready} is false and the calling thread must do all by itself. They sleep between rounds, do not keep the process
 * alive, and end with it or when told to. No event loop takes part: they and the calling thread wait for each other by
 * `Atomics`.
 */
export class Helpers {
  readonly #workers: readonly Worker[]
  readonly #scalars: Float64Array
  readonly #signals = new Int32Array(new SharedArrayBuffer(64))
  readonly #failure = new Uint8Array(new SharedArrayBuffer(1024))
  /** The jobs, on this thread. */
  readonly #calls: readonly (() => void)[]
  /** Why a helper died. */
  #death: unknown
  #ready = false

  constructor({ memory, modules, jobs, scalars, count }: HelpersOptions) {
    this.#scalars = new Float64Array(
      new SharedArrayBuffer(Math.max(1, scalars) * Float64Array.BYTES_PER_ELEMENT),
    )
    const [signals, failure] = [this.#signals, this.#failure]
    const task: HelperTask = { memory, modules, jobs, scalars: this.#scalars, signals, failure }
    this.#calls = callsOf(task)
    this.#workers = Array.from({ length: count }, () => this.#start(task))
  }

  #start(workerData: HelperTask): Worker {
    // Without the flags of this process: they may load code that the helper has no use for.
    const worker = new Worker(helperCode, { eval: true, workerData, execArgv: [] })
    worker.unref()
    worker.on('error', (error) => {
      this.#death = error
    })
    worker.on('exit', (code) => {
      this.#death ??= `it ended with code ${code}`
    })
    return worker
  }

  /**
   * Whether all have started, and compute as the calling thread does. Opening a session of ONNX Runtime makes a thread
   * take numbers too small for full precision for 0; threads that it starts later inherit that on Linux, elsewhere they may
   * not, and then they are never ready: the bits of a result must not depend on who computed it.
   * @throws if one could not start.
   */
  get ready(): boolean {
    if (this.#death) throw failed(this.#death)
    if (this.#ready) return true
    const started = flushesTinyNumbers() ? signal.startedFlushing : signal.startedKeeping
    this.#ready = Atomics.load(this.#signals, started) === this.#workers.length
    return this.#ready
  }

  /** Wakes them for a round with these scalars. */
  start(scalars: readonly number[]): void {
    this.#scalars.set(scalars)
    Atomics.store(this.#signals, signal.done, 0)
    Atomics.store(this.#signals, signal.next, 0)
    Atomics.add(this.#signals, signal.round, 1)
    Atomics.notify(this.#signals, signal.round)
  }

  /** Does jobs of the round on this thread, too, until none is left to take. */
  join(): void {
    const take = () => this.#calls[Atomics.add(this.#signals, signal.next, 1)]
    for (let call = take(); call; call = take()) call()
  }

  /** Waits until all are done with the round. @throws if one failed. */
  finish(): void {
    for (let waited = 0; ; waited++) {
      const done = Atomics.load(this.#signals, signal.done)
      if (done === this.#workers.length) break
      if (waited === waits) {
        this.#death = `no answer within ${(waits * patience) / 1000} seconds`
        throw failed(this.#death)
      }
      Atomics.wait(this.#signals, signal.done, done, patience)
    }
    const length = Atomics.load(this.#signals, signal.failure)
    if (length > 0) throw failed(new TextDecoder().decode(this.#failure.slice(0, length)))
  }

  /** Ends the threads. */
  end(): void {
    for (const worker of this.#workers) void worker.terminate()
  }
}

/** As in {@link helperCode}. */
function callsOf({ memory, modules, jobs, scalars }: HelperTask): (() => void)[] {
  const loops = modules.map(
    (module) =>
      new wasm.Instance(module, { host: { memory } }).exports.loop as (...numbers: number[]) => void,
  )
  return jobs.map(({ module, bytes, addresses, scalars: places }) => {
    const loop = loops[module]!
    return () => loop(bytes, ...addresses, ...places.map((place) => scalars[place]!))
  })
}

const failed = (reason: unknown) =>
  new GradusError(
    'the update of parameters failed on another thread',
    [String(reason), 'threads: 1 does without other threads'],
    { cause: reason },
  )
