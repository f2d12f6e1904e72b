import { type Graph, sameGraph } from '../graph/index.ts'
import type { Program } from './program.ts'

/** What tells compilations of one graph apart. */
interface Manner {
  readonly threads?: number | undefined
  readonly lowering?: boolean | undefined
}

/**
 * Programs that were compiled, to be used again for equal graphs: equal in all constants, too. Runs that follow one another
 * and share these compile once.
 * ```ts
 * const programs = new Programs()
 * for (const seed of [0, 1, 2]) await fit({ ...recipe, seed }, { programs })
 * ```
 * Whoever gets a program gets its inputs and outputs as the one before left them, and binds them anew: one at a time.
 */
export class Programs {
  readonly #held: { readonly program: Promise<Program>; readonly graph: Graph; readonly manner: Manner }[] =
    []

  /** The program for a graph, or what `compile` makes of it. */
  get(graph: Graph, manner: Manner, compile: () => Promise<Program>): Promise<Program> {
    const { threads, lowering } = manner
    const known = this.#held.find(
      (one) =>
        one.manner.threads === threads &&
        one.manner.lowering === lowering &&
        sameGraph(one.graph, graph) === undefined,
    )
    if (known) return known.program
    const program = compile()
    this.#held.push({ program, graph, manner: { threads, lowering } })
    return program
  }

  /** How many programs there are. */
  get size(): number {
    return this.#held.length
  }
}
