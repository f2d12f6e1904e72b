import { sizeOf, type Tensor } from '../../core/index.ts'
import { Graph, type Value } from '../../graph/index.ts'
import { sum } from '../../ops/index.ts'
import { allFinite } from './finite.ts'
import { names, type TrainingGraph } from './training-graph.ts'

/** Numbers in a gradient from which on the graph adds up its rows: the host reads fewer about as fast as it is asked to. */
const large = 65536

const rowSums = (parameter: string) => `row sums of ${names.gradient(parameter)}`

/**
 * A training graph that also gives the sums of the rows of large gradients, whose other axes all go. They tell the host that
 * a gradient is finite, which it would otherwise read as a whole: the graph does it on all threads, and while the gradient is
 * still in their caches.
 */
export function withRowSums({
  graph: { inputs, results },
  parameters,
}: Pick<TrainingGraph, 'graph' | 'parameters'>): Graph {
  const sums: Record<string, Value> = {}
  for (const name of parameters) {
    const { dtype, shape, rank } = results[names.gradient(name)]!
    if (dtype !== 'float32' || rank < 2 || sizeOf(shape) < large) continue
    const axes = shape.map((_, axis) => axis).slice(1)
    sums[rowSums(name)] = sum(results[names.gradient(name)]!, { axes })
  }
  return new Graph(inputs, { ...results, ...sums })
}

/**
 * The name of the first parameter whose gradient has an element that is NaN or infinite, if there is one.
 * @param outputs of the graph; where rows were added up and all sums are finite, so is the gradient.
 */
export function firstBroken(
  gradients: ReadonlyMap<string, Tensor>,
  outputs: Readonly<Record<string, Tensor>>,
): string | undefined {
  for (const [name, gradient] of gradients) {
    const sums = outputs[rowSums(name)]
    // Sums of large but finite numbers may overflow.
    if (!(sums && allFinite(sums)) && !allFinite(gradient)) return name
  }
  return undefined
}
