import { type Graph, sameGraph } from '../graph/index.ts'
import type { Program } from './program.ts'

/** What tells compilations of one graph apart. */
interface Manner {
  readonly threads?: number | undefined
  readonly lowering?: boolean | undefined
}

interface Held extends Manner {
  readonly graph: Graph
  readonly program: Promise<Program>
}

/** Those that were asked for last are kept: a run has about five, and each holds memory. */
const KEPT = 16

/**
 * Programs that were compiled, to be used again for equal graphs: equal in all constants, too. Runs that follow one another
 * and share these compile once.
 * ```ts
 * const programs = new Programs()
 * for (const seed of [0, 1, 2]) await fit({ ...recipe, seed }, { programs })
 * ```
 * Whoever gets a program gets its inputs and outputs as the one before left them, and binds them anew: one run at a time.
 */
export class Programs {
  readonly #held: Held[] = []
  #compiled = 0

  /** The program for a graph, or what `compile` makes of it. */
  get(graph: Graph, { threads, lowering }: Manner, compile: () => Promise<Program>): Promise<Program> {
    const at = this.#held.findIndex(
      (one) =>
        one.threads === threads && one.lowering === lowering && sameGraph(one.graph, graph) === undefined,
    )
    const [known] = at < 0 ? [] : this.#held.splice(at, 1)
    if (!known) this.#compiled++
    const held = known ?? { graph, threads, lowering, program: compile() }
    this.#held.push(held)
    if (this.#held.length > KEPT) this.#held.shift()
    return held.program
  }

  /** How many graphs were compiled so far. */
  get compiled(): number {
    return this.#compiled
  }
}
