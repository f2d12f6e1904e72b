import {
  type FitPreprocessOptions,
  fitPreprocess,
  makeSplit,
  type Preprocess,
  type Preprocessing,
} from '../../../src/data/index.ts'
import { input } from '../../../src/graph/index.ts'
import { Graph, type Shape, tensor } from '../../../src/node.ts'
import { compileGraph } from '../../../src/runtime/index.ts'

/** Fits to rows in memory, all labelled 0. */
export function fitTo(
  preprocess: Preprocess,
  inputs: Uint8Array | Float32Array,
  shape: Shape,
  options?: FitPreprocessOptions,
): Promise<Preprocessing> {
  const count = inputs.length / shape.reduce((a, b) => a * b, 1)
  return fitPreprocess(preprocess, makeSplit(inputs, new Int32Array(count), shape), options)
}

/** What a loader's normalizer makes of raw samples. */
export function normalized({ normalizer, inputShape }: Preprocessing, raw: ArrayLike<number>): Float32Array {
  const plane = inputShape.slice(1).reduce((a, b) => a * b, 1)
  const channels = inputShape[0]!
  return Float32Array.from(raw, (x, i) => {
    const c = Math.floor(i / plane) % channels
    return normalizer ? (x - normalizer.mean[c]!) / normalizer.std[c]! : x
  })
}

/** Raw samples as the model sees them: through the normalizer, then through the graph as ONNX Runtime runs it. */
export async function seen(fitted: Preprocessing, raw: ArrayLike<number>): Promise<number[]> {
  const scaled = normalized(fitted, raw)
  if (!fitted.inGraph) return [...scaled]
  const count = raw.length / fitted.inputShape.reduce((a, b) => a * b, 1)
  const x = input('x', [count, ...fitted.inputShape])
  const program = await compileGraph(new Graph([x], { y: fitted.apply(x) }), { threads: 1 })
  const { y } = await program.call({ x: tensor(scaled, x.shape) })
  return Array.from(y!.data as Float32Array)
}

/** Covariances (divided by the number of rows) of rows with `size` numbers, [size][size]. */
export function covariances(rows: ArrayLike<number>, size: number): number[][] {
  const count = rows.length / size
  const at = (i: number, j: number) => rows[i * size + j]!
  const samples = Array.from({ length: count }, (_, i) => i)
  const mean = (of: (i: number) => number) => samples.reduce((sum, i) => sum + of(i), 0) / count
  const means = Array.from({ length: size }, (_, j) => mean((i) => at(i, j)))
  return means.map((a, j) => means.map((b, k) => mean((i) => (at(i, j) - a) * (at(i, k) - b))))
}
