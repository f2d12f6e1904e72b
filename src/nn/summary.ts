import { type DType, type Shape, sizeOf } from '../core/index.ts'
import { input, type Node, sortedNodes } from '../graph/index.ts'
import type { Layer } from './layer.ts'
import { type LayerCall, trace } from './trace.ts'

/** A layer in a {@link Summary}. */
export interface LayerSummary {
  /** Its place in the model, such as `layer1.0.conv1`; its parameters are called `layer1.0.conv1.weight`. */
  readonly path: string
  readonly type: string
  /** Shape of its output; the first axis is the batch, of size 1 here. */
  readonly output: Shape
  /** Number of trained values. */
  readonly parameters: number
  /** How many of these weight decay applies to by default. */
  readonly decayed: number
  /** Multiplications (each with its addition) in convolutions and matrix products, for one sample in evaluation. */
  readonly multiplyAdds: number
}

/** What a model is made of, for one shape of input. */
export interface Summary {
  /** Without the batch axis. */
  readonly inputShape: Shape
  /** In the order of computation: layers without children, and others that have parameters or products of their own. */
  readonly layers: readonly LayerSummary[]
  readonly parameters: number
  readonly decayed: number
  readonly multiplyAdds: number
}

/**
 * Looks through a model by building its evaluation graph for one sample; runs nothing. A layer that is called several times
 * is listed once, with the shape of its first output and the products of all calls.
 *
 * @param inputShape without the batch axis, such as [3, 32, 32].
 * @param dtype of the input (default float32): int32 for tokens.
 * @throws as `trace` does, if a layer does not fit.
 */
export function summary(model: Layer, inputShape: Shape, dtype: DType = 'float32'): Summary {
  const { output, calls } = trace(model, input('x', [1, ...inputShape], dtype), { training: false })
  const work = multiplyAddsByPath(sortedNodes([output]))
  const first = calls.filter((call, i) => calls.findIndex(({ path }) => path === call.path) === i)
  const layers = first
    .map((call) => ({ call, row: describe(call, work.get(call.path) ?? 0) }))
    .filter(({ call, row }) => isLeaf(call.layer) || row.parameters + row.multiplyAdds > 0)
    .map(({ row }) => row)
  return {
    inputShape,
    layers,
    parameters: total(layers.map((layer) => layer.parameters)),
    decayed: total(layers.map((layer) => layer.decayed)),
    multiplyAdds: total(layers.map((layer) => layer.multiplyAdds)),
  }
}

const isLeaf = (layer: Layer) => Object.keys(layer.children).length === 0

const total = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0)

function describe({ path, layer, output }: LayerCall, multiplyAdds: number): LayerSummary {
  const specs = Object.values(layer.params)
  return {
    path,
    type: layer.type,
    output: output.shape,
    parameters: total(specs.map((spec) => sizeOf(spec.shape))),
    decayed: total(specs.map((spec) => (spec.decay ? sizeOf(spec.shape) : 0))),
    multiplyAdds,
  }
}

function multiplyAddsByPath(nodes: readonly Node[]): ReadonlyMap<string, number> {
  const work = new Map<string, number>()
  for (const node of nodes) {
    const count = multiplyAddsOf(node)
    if (count > 0) work.set(node.scope, (work.get(node.scope) ?? 0) + count)
  }
  return work
}

/** The products that an operator sums: those of convolutions and matrix products; element-wise work is not counted. */
function multiplyAddsOf({ op, inputs, outputs, attrs }: Node): number {
  const [a, b] = inputs
  const size = sizeOf(outputs[0]!.shape)
  switch (op.type) {
    case 'Conv':
      return size * sizeOf(b!.shape.slice(1)) // each output sees [in / groups, k...]
    case 'ConvTranspose':
      return sizeOf(a!.shape) * sizeOf(b!.shape.slice(1)) // each input reaches [out / groups, k...]
    case 'Gemm':
      return size * a!.shape[attrs.transA ? 0 : 1]!
    case 'MatMul':
      return size * a!.shape.at(-1)!
    default:
      return 0
  }
}
