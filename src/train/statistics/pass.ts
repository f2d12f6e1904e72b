import type { Occasion } from '../../augment/index.ts'
import type { Tensor } from '../../core/index.ts'
import { type CompileOptions, compileGraph, type Program } from '../../runtime/index.ts'
import { drawer, fillAugmented } from '../evaluation/chance.ts'
import { bindTensors, type TrainStep } from '../step/step.ts'
import { names } from '../step/training-graph.ts'
import { type WatchedGraph, watchedGraph } from './watch.ts'

/** Samples of a batch that are looked at, where there are as many. */
const SAMPLES = 32

/** How many samples of a batch are looked at: half of it at most, so that its gradient differs from that of the batch. */
export function samplesOf(batchSize: number): number {
  return batchSize < 4 ? batchSize : Math.min(SAMPLES, batchSize >> 1)
}

export interface PassOptions extends CompileOptions {
  readonly step: TrainStep
  /** Parameters and buffers by name. */
  readonly tensors: ReadonlyMap<string, Tensor>
  /** That of the run: layers draw for the samples what they draw in the step. */
  readonly seed: number
}

/**
 * A second training graph, for the first samples of a batch, which gives statistics instead of an update. It is a program of
 * its own and reads what the step reads: the step comes to the same bits with it and without.
 */
export class Pass {
  readonly watched: WatchedGraph
  readonly #options: PassOptions
  #program: Promise<Program> | undefined

  constructor(options: PassOptions) {
    this.#options = options
    const { graph } = options.step
    this.watched = watchedGraph({ ...graph, batchSize: samplesOf(graph.batchSize) })
  }

  /** What the graph gives for the batch that the step has got, in step number `step` (from 0); compiled when first asked. */
  async run(step: number, occasion: Occasion | undefined): Promise<Readonly<Record<string, Tensor>>> {
    this.#program ??= this.#compile()
    const program = await this.#program
    const { step: trainStep, seed } = this.#options
    const { training } = this.watched
    for (const name of [names.inputs, names.targets] as const) {
      const place = program.inputs[name]!.data as Float32Array
      place.set((trainStep[name].data as Float32Array).subarray(0, place.length))
    }
    fillAugmented(program, training, { augment: trainStep.graph.augment, occasion })
    drawer(training, seed, step)(program)
    await program.run()
    return program.outputs
  }

  async #compile(): Promise<Program> {
    const { threads, lowering, programs, tensors } = this.#options
    const program = await compileGraph(this.watched.graph, { threads, lowering, programs })
    bindTensors(program, tensors)
    return program
  }
}
