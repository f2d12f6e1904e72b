import { ensure, type TypedArray, type wasm } from '../../core/index.ts'
import type { Job } from './helper-code.ts'
import { Helpers } from './helpers.ts'
import type { FusedLoop } from './index.ts'
import { isShared, memoryOf } from './memory.ts'

/** A loop and what it goes over. */
export interface Work {
  readonly loop: FusedLoop
  readonly arrays: Readonly<Record<string, TypedArray>>
  readonly length: number
}

/** Elements of a job: enough that taking it costs nothing, and few, so that all threads end at about the same time. */
const jobLength = 32768
/** Jobs have a multiple of so many elements, a cache line, so that no two threads write to one. */
const grain = 16

/**
 * Loops that several threads run together. They are cut into jobs, and each thread takes the next one until none is left.
 * A loop is element-wise, so the results are the same bits with any number of threads, whoever does what.
 *
 * What other threads can work on are loops on vectors over arrays in one shared memory (see `allocateTogether`); all else
 * the calling thread does. It also does everything until the others have started, which is while the first rounds run.
 */
export class Team {
  readonly #works: readonly Work[]
  readonly #cut: Cut
  readonly #threads: number
  #helpers: Helpers | undefined

  /** @param threads how many, with the calling one. */
  constructor(works: readonly Work[], threads: number) {
    this.#works = works
    this.#threads = threads
    this.#cut = cut(works)
  }

  /**
   * Runs every loop once.
   * @param scalars of all loops, by name.
   * @throws if one is missing, or another thread failed; results are then old in places and new in others.
   */
  run(scalars: Readonly<Record<string, number>>): void {
    const helpers = this.#started()
    if (!helpers?.ready) {
      runAll(this.#works, scalars)
      return
    }
    helpers.start(this.#cut.scalars.map((name) => scalarOf(scalars, name)))
    try {
      runAll(this.#cut.rest, scalars)
      helpers.join()
    } finally {
      helpers.finish()
    }
  }

  /** Whether other threads take part: not before the first run, and while they start. */
  get together(): boolean {
    return this.#helpers?.ready ?? false
  }

  #started(): Helpers | undefined {
    const { memory, modules, jobs, scalars } = this.#cut
    const count = Math.min(this.#threads, jobs.length) - 1
    if (memory && count > 0)
      this.#helpers ??= new Helpers({ memory, modules, jobs, scalars: scalars.length, count })
    return this.#helpers
  }

  /** Ends the other threads. A later run starts new ones. */
  end(): void {
    this.#helpers?.end()
    this.#helpers = undefined
  }
}

function runAll(works: readonly Work[], scalars: Readonly<Record<string, number>>): void {
  for (const { loop, arrays, length } of works) loop.run(arrays, scalars, length)
}

function scalarOf(scalars: Readonly<Record<string, number>>, name: string): number {
  const value = scalars[name]
  ensure(value !== undefined, `fused loops: expected a number "${name}", got none`)
  return value
}

/** Works in parts. */
interface Cut {
  /** What any thread can do, in a memory that they share. */
  readonly jobs: readonly Job[]
  readonly memory: wasm.Memory | undefined
  readonly modules: readonly object[]
  /** The names of the jobs' scalars. */
  readonly scalars: readonly string[]
  /** What only the calling thread can do. */
  readonly rest: readonly Work[]
}

function cut(works: readonly Work[]): Cut {
  const memory = works.map(sharedMemoryOf).find((found) => found !== undefined)
  const common = works.filter((work) => memory && sharedMemoryOf(work) === memory)
  const modules = [...new Set(common.map(({ loop }) => loop.forThreads!.module()))]
  const scalars = [...new Set(common.flatMap(({ loop }) => loop.forThreads!.scalars))]
  const rest = works.filter((work) => !common.includes(work))
  for (const work of common) if (work.length % grain > 0) rest.push(tailOf(work))
  return { jobs: common.flatMap((work) => jobsOf(work, modules, scalars)), memory, modules, scalars, rest }
}

/** The memory in which other threads can do a work, if there is one. */
function sharedMemoryOf({ loop, arrays }: Work): wasm.Memory | undefined {
  const memory = loop.forThreads && memoryOf(loop.forThreads.arrays.map((name) => arrays[name]!))
  return memory && isShared(memory) ? memory : undefined
}

/** What is left of a work behind its last whole grain. */
function tailOf({ loop, arrays, length }: Work): Work {
  const from = length - (length % grain)
  const tails = Object.entries(arrays).map(([name, array]) => [name, array.subarray(from, length)])
  return { loop, arrays: Object.fromEntries(tails), length: length - from }
}

function jobsOf(
  { loop, arrays, length }: Work,
  modules: readonly object[],
  scalars: readonly string[],
): Job[] {
  const forThreads = loop.forThreads!
  const bytes = (elements: number) => elements * Float32Array.BYTES_PER_ELEMENT
  const end = length - (length % grain)
  return Array.from({ length: Math.ceil(end / jobLength) }, (_, i) => {
    const from = i * jobLength
    return {
      module: modules.indexOf(forThreads.module()),
      bytes: bytes(Math.min(jobLength, end - from)),
      addresses: forThreads.arrays.map((name) => arrays[name]!.byteOffset + bytes(from)),
      scalars: forThreads.scalars.map((name) => scalars.indexOf(name)),
    }
  })
}
