import { type Augmentations, augmenter, type Occasion } from '../src/augment/index.ts'
import { Graph, input } from '../src/graph/index.ts'
import { compileGraph } from '../src/runtime/index.ts'

/** Augments a batch as it comes from a loader; returns where the network reads it. */
export type Augment = (pictures: Float32Array, occasion: Occasion) => Promise<Float32Array>

export interface AugmentSetup {
  readonly side: number
  readonly batch: number
  readonly threads: number
}

/** Pictures are numbers from a loader, standardized by these: about those of photographs. */
const unit = { scale: [0.25, 0.24, 0.26], offset: [0.49, 0.48, 0.45] }
const covariance = [0.06, 0.05, 0.04, 0.05, 0.06, 0.05, 0.04, 0.05, 0.07]

/**
 * What training does to a batch before the network: numbers are drawn, pictures are moved while they are copied, and what is left
 * is a graph.
 */
export async function augmentWith(
  given: Augmentations,
  { side, batch, threads }: AugmentSetup,
): Promise<Augment> {
  const shape = [3, side, side]
  const augment = augmenter(given, { shape, seed: 0, unit, covariance, moves: 'copying' })
  const drawn = augment.inputs(batch)
  if (drawn.length === 0) {
    const moved = new Float32Array(batch * 3 * side * side)
    return async (pictures, occasion) => {
      augment.copy(pictures, moved, occasion)
      return moved
    }
  }
  const x = input('x', [batch, ...shape])
  const program = await compileGraph(new Graph([x, ...drawn], { y: augment.apply(x, drawn) }), { threads })
  const numbers = drawn.map(({ name }) => program.inputs[name!]!.data as Float32Array)
  return async (pictures, occasion) => {
    augment.copy(pictures, program.inputs.x!.data as Float32Array, occasion)
    for (const [pass, into] of numbers.entries()) augment.fill(pass, occasion, into)
    await program.run()
    return program.outputs.y!.data as Float32Array
  }
}
