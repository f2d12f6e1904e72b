/** Places in the numbers by which threads talk: Int32 in memory that they share. */
export const signal = {
  /** Counts the rounds of work; helpers sleep on it. */
  round: 0,
  /** The first job of the round that nobody has taken. */
  next: 1,
  /** Helpers that are done with the round; the calling thread sleeps on it. */
  done: 2,
  /** Helpers that have started, by whether their arithmetic keeps numbers below 2^-1022 or makes them 0. */
  startedKeeping: 3,
  startedFlushing: 4,
  /** Bytes of the message that a helper failed with. */
  failure: 5,
} as const

/** Whether this thread's arithmetic makes 0 of numbers too small for full precision; ONNX Runtime sets it so. */
export function flushesTinyNumbers(): boolean {
  const [tiny, half] = new Float64Array([1e-310, 0.5])
  return tiny! * half! === 0
}

/**
 * What a helper runs. It stands here as text, which works from sources, from the package and from a bundle alike; for
 * `workerData` see {@link HelperTask}. The event loop is never entered: the helper sleeps on `round` until it is ended.
 */
export const helperCode = `
const { workerData } = process.getBuiltinModule('node:worker_threads')
const { memory, modules, jobs, scalars, signals, failure } = workerData
const tiny = new Float64Array([1e-310, 0.5])
const started = tiny[0] * tiny[1] === 0 ? ${signal.startedFlushing} : ${signal.startedKeeping}

const loops = modules.map((module) => new WebAssembly.Instance(module, { host: { memory } }).exports.loop)
const calls = jobs.map(({ module, bytes, addresses, scalars: places }) => {
  const loop = loops[module]
  return () => loop(bytes, ...addresses, ...places.map((place) => scalars[place]))
})
const take = () => calls[Atomics.add(signals, ${signal.next}, 1)]

function fail(error) {
  const text = new TextEncoder().encode(String(error)).subarray(0, failure.length)
  failure.set(text)
  Atomics.store(signals, ${signal.failure}, text.length)
}

let round = Atomics.load(signals, ${signal.round})
Atomics.add(signals, started, 1)
for (;;) {
  Atomics.wait(signals, ${signal.round}, round)
  round = Atomics.load(signals, ${signal.round})
  try {
    for (let call = take(); call; call = take()) call()
  } catch (error) {
    fail(error)
  }
  Atomics.add(signals, ${signal.done}, 1)
  Atomics.notify(signals, ${signal.done})
}
`

/** A loop over a part of its arrays: a thread does it as a whole. */
export interface Job {
  /** Index into the modules. */
  readonly module: number
  /** A multiple of the bytes in a round of the loop, at least one. */
  readonly bytes: number
  readonly addresses: readonly number[]
  /** Where its scalars stand among those of the task. */
  readonly scalars: readonly number[]
}

/** What a helper gets when it is started. */
export interface HelperTask {
  /** A WebAssembly memory that threads share. */
  readonly memory: object
  readonly modules: readonly object[]
  readonly jobs: readonly Job[]
  /** The numbers of the round; shared. */
  readonly scalars: Float64Array
  /** See {@link signal}; shared. */
  readonly signals: Int32Array
  /** Where the message of a failure goes, as UTF-8; shared. */
  readonly failure: Uint8Array
}
