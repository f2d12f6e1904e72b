import { ensure, type TypedArray } from '../../core/index.ts'
import type { Job } from './helper-code.ts'
import { Helpers } from './helpers.ts'
import type { FusedLoop } from './index.ts'
import { isShared, memoryOf } from './memory.ts'
import type { Memory } from './wasm-module.ts'

/** A loop and what it goes over. */
export interface Work {
  readonly loop: FusedLoop
  readonly arrays: Readonly<Record<string, TypedArray>>
  readonly length: number
}

/** Works are split at multiples of so many elements: a cache line, so that no two threads write to one. */
const grain = 16

/**
 * Loops that several threads run together, each over its own share of the elements, the same in every round. A loop is
 * element-wise, so the results are the same bits with any number of threads.
 *
 * What other threads can work on are loops on vectors over arrays in one shared memory (see `allocateTogether`); all else
 * the calling thread does. It also does everything until the others have started, which is while the first rounds run.
 */
export class Team {
  readonly #works: readonly Work[]
  readonly #names: readonly string[]
  readonly #memory: Memory | undefined
  /** By thread, the calling one first. */
  readonly #shares: readonly (readonly Work[])[]
  #helpers: Helpers | undefined

  /** @param threads how many, with the calling one. */
  constructor(works: readonly Work[], threads: number) {
    this.#works = works
    this.#names = [...new Set(works.flatMap(({ loop }) => loop.forThreads?.scalars ?? []))]
    this.#memory = works.map(sharedMemoryOf).find((memory) => memory !== undefined)
    this.#shares = this.#memory ? deal(works, threads, this.#memory) : [works]
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
    helpers.start(this.#names.map((name) => scalarOf(scalars, name)))
    try {
      runAll(this.#shares[0]!, scalars)
    } finally {
      helpers.finish()
    }
  }

  /** Whether other threads take part: not before the first run, and while they start. */
  get together(): boolean {
    return this.#helpers?.ready ?? false
  }

  #started(): Helpers | undefined {
    const [, ...others] = this.#shares
    if (others.length > 0) this.#helpers ??= startHelpers(this.#memory!, others, this.#names)
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

/** The memory in which other threads can do a work, if there is one. */
function sharedMemoryOf({ loop, arrays }: Work): Memory | undefined {
  const memory = loop.forThreads && memoryOf(loop.forThreads.arrays.map((name) => arrays[name]!))
  return memory && isShared(memory) ? memory : undefined
}

/** Deals works out in shares of as many elements; the first is that of the calling thread, with all that only it can do. */
function deal(works: readonly Work[], threads: number, memory: Memory): Work[][] {
  const common = (work: Work) => (sharedMemoryOf(work) === memory ? work.length - (work.length % grain) : 0)
  const total = works.reduce((sum, work) => sum + common(work), 0)
  const share = Math.max(grain, Math.ceil(total / threads / grain) * grain)
  const shares: Work[][] = Array.from({ length: Math.max(1, Math.ceil(total / share)) }, () => [])
  let dealt = 0
  for (const work of works) {
    const end = common(work)
    for (let from = 0; from < end; ) {
      const thread = Math.floor(dealt / share)
      const to = Math.min(end, from + (thread + 1) * share - dealt)
      shares[thread]!.push(part(work, from, to))
      dealt += to - from
      from = to
    }
    if (end < work.length) shares[0]!.push(part(work, end, work.length))
  }
  return shares
}

/** A work's elements `from .. to - 1`. */
function part({ loop, arrays }: Work, from: number, to: number): Work {
  const narrowed = Object.entries(arrays).map(([name, array]) => [name, array.subarray(from, to)])
  return { loop, arrays: Object.fromEntries(narrowed), length: to - from }
}

function startHelpers(
  memory: Memory,
  shares: readonly (readonly Work[])[],
  names: readonly string[],
): Helpers {
  const modules = [...new Set(shares.flat().map(({ loop }) => loop.forThreads!.module()))]
  const jobOf = ({ loop: { forThreads }, arrays, length }: Work): Job => ({
    module: modules.indexOf(forThreads!.module()),
    bytes: length * Float32Array.BYTES_PER_ELEMENT,
    addresses: forThreads!.arrays.map((name) => arrays[name]!.byteOffset),
    scalars: forThreads!.scalars.map((name) => names.indexOf(name)),
  })
  return new Helpers({
    memory,
    modules,
    shares: shares.map((works) => works.map(jobOf)),
    scalars: names.length,
  })
}
