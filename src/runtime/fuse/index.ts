import { dtypes, ensure, type TypedArray } from '../../core/index.ts'
import type { Graph } from '../../graph/index.ts'
import { compileJavascript, javascriptOf } from './javascript.ts'
import type { Kernel } from './kernel.ts'
import { type Plan, planOf } from './plan.ts'

import { hasVectorForm } from './vector-code.ts'
import { compileWasm, type ModuleFor, modulesOf } from './wasm.ts'

export { allocateTogether } from './memory.ts'
export { Team, type Work } from './team.ts'

/** An element-wise graph as one pass over memory. */
export interface FusedLoop {
  /** The loop as JavaScript, for people and as the identity of what is computed. */
  readonly source: string
  /** Whether it runs on vectors (WebAssembly, float32 throughout) rather than as JavaScript (doubles inside). */
  readonly vectorized: boolean
  /** What other threads need to run it, where it runs on vectors. */
  readonly forThreads: ForThreads | undefined
  /**
   * Runs over the first `length` elements. Synchronous; allocates nothing of the arrays' size.
   * @param arrays the graph's inputs and outputs other than scalars, by name. An input and an output of one name are one
   * array, updated in place; others must not share memory.
   * @param scalars the graph's inputs of shape [], by name.
   * @throws if one is missing, too short, or of another dtype.
   */
  run(
    arrays: Readonly<Record<string, TypedArray>>,
    scalars: Readonly<Record<string, number>>,
    length: number,
  ): void
}

/** A loop over vectors for other threads, on arrays in a memory that they share. */
export interface ForThreads {
  /** Its WebAssembly module, with `loop(bytes, ...addresses, ...scalars)`. */
  module(): object
  /** The names of the arrays and of the scalars, in the order that it takes them. */
  readonly arrays: readonly string[]
  readonly scalars: readonly string[]
}

/** An element-wise graph whose outputs are added up. */
export interface FusedSums {
  /**
   * The sums over the first `length` elements, by the names of the outputs; no rounding of any account is added to that
   * of the terms. Takes its arrays and scalars as {@link FusedLoop.run} does.
   */
  run(
    arrays: Readonly<Record<string, TypedArray>>,
    scalars: Readonly<Record<string, number>>,
    length: number,
  ): Record<string, number>
}

interface Compiled {
  readonly kernel: Kernel
  /** Undefined for loops in JavaScript. */
  readonly moduleFor: ModuleFor | undefined
}

/** Compiled loops by their source: the parameters of a model share a handful. */
const loops = new Map<string, Compiled>()

/**
 * Compiles an element-wise graph, such as an optimizer's update, into one loop over typed arrays.
 * @throws naming the node, if one is not element-wise.
 */
export function fuse(graph: Graph): FusedLoop {
  const plan = planOf(graph)
  const { source, kernel, moduleFor } = compiled(plan)
  return {
    source,
    vectorized: moduleFor !== undefined,
    forThreads: moduleFor && {
      module: () => moduleFor(true),
      arrays: plan.arrays.map(({ name }) => name),
      scalars: plan.scalars.map(({ name }) => name!),
    },
    run(arrays, scalars, length) {
      kernel(arraysOf(plan, arrays, length), scalarsOf(plan, scalars), length)
    },
  }
}

/**
 * Compiles an element-wise graph into one loop that adds up its outputs.
 * @throws naming the node, if one is not element-wise.
 */
export function fuseSums(graph: Graph): FusedSums {
  const plan = planOf(graph, 'sums')
  const { kernel } = compiled(plan)
  return {
    run(arrays, scalars, length) {
      const sums = kernel(arraysOf(plan, arrays, length), scalarsOf(plan, scalars), length)
      return Object.fromEntries(graph.outputNames.map((name, k) => [name, sums[k]!]))
    },
  }
}

function compiled(plan: Plan): Compiled & { readonly source: string } {
  const source = javascriptOf(plan)
  const make = (): Compiled => {
    const plain = compileJavascript(source)
    if (!hasVectorForm(plan)) return { kernel: plain, moduleFor: undefined }
    const moduleFor = modulesOf(plan)
    return { kernel: compileWasm(plan, moduleFor, plain), moduleFor }
  }
  const known = loops.get(source) ?? make()
  loops.set(source, known)
  return { source, ...known }
}

function arraysOf(plan: Plan, given: Readonly<Record<string, TypedArray>>, length: number): TypedArray[] {
  return plan.arrays.map(({ name, dtype }) => {
    const array = given[name]
    ensure(
      array instanceof dtypes[dtype].array && array.length >= length,
      `fused loop: expected ${dtype} array "${name}" with ${length} elements or more, got ` +
        (array ? `${array.constructor.name} with ${array.length}` : 'none'),
    )
    return array
  })
}

function scalarsOf(plan: Plan, given: Readonly<Record<string, number>>): number[] {
  return plan.scalars.map(({ name }) => {
    const value = given[name!]
    ensure(value !== undefined, `fused loop: expected a number "${name}", got none`)
    return value
  })
}
