import { numbersOf, type Shape, type Tensor } from '../core/index.ts'
import { inRawUnits, type Normalizer, scaled } from '../data/index.ts'
import { constant, Graph, input, type Node, rewrite, type Value } from '../graph/index.ts'
import { type Layer, trace } from '../nn/index.ts'
import { writeOnnx } from '../onnx/index.ts'
import { findOperator, reshape } from '../ops/index.ts'

export interface ExportOptions {
  readonly model: Layer
  /** Parameters and buffers by name; they become constants. */
  readonly tensors: ReadonlyMap<string, Tensor>
  /** Without the batch axis: `[C, H, W]`. */
  readonly inputShape: Shape
  /**
   * Goes in front of the model, and of the preprocessing in it, so that the file takes raw inputs (pixels as they are in the
   * data).
   */
  readonly normalizer?: Normalizer
  /** How numbers to predict were standardized: the file gives them in the units of the data. */
  readonly targets?: Normalizer
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * The model in evaluation as an ONNX file: `input` float32 `[N, ...inputShape]` in raw units -> `output`.
 * N is free, unless the model has the batch size built into it: then N is 1.
 */
export function exportOnnx(options: ExportOptions): Uint8Array {
  const single = evaluationOf(options, 1)
  const free = freeBatchAxis(single, evaluationOf(options, 2))
  const { metadata } = options
  return free
    ? writeOnnx(free, { metadata, dynamicAxes: { input: { 0: 'N' }, output: { 0: 'N' } } })
    : writeOnnx(single, { metadata })
}

function evaluationOf(options: ExportOptions, batchSize: number): Graph {
  const { model, tensors, inputShape, normalizer, targets } = options
  const x = input('input', [batchSize, ...inputShape])
  const values = new Map([...tensors].map(([name, held]) => [name, constant(held)] as const))
  const { output } = trace(model, normalizer ? scaled(x, normalizer) : x, { training: false, values })
  return new Graph([x], { output: targets ? rawOf(output, targets) : output })
}

/** Predictions [N, ...] in the units of the data. */
function rawOf(output: Value, targets: Normalizer): Value {
  if (output.rank <= 2) return inRawUnits(output, targets)
  const rows = reshape(output, [output.shape[0]!, targets.mean.length])
  return reshape(inRawUnits(rows, targets), output.shape)
}

/**
 * The graph of one sample made good for any number of them, by comparing it with that of two samples: the same nodes,
 * and the only constants that differ are sizes in the targets of Reshape, which become -1.
 * Undefined if the batch size is anywhere else.
 */
function freeBatchAxis(one: Graph, two: Graph): Graph | undefined {
  const twin = new Map(one.nodes.map((node, i) => [node, two.nodes[i]]))
  const pairs = one.nodes.map((node) => ({ node, target: batchDependence(node, twin.get(node)) }))
  if (one.nodes.length !== two.nodes.length || pairs.some(({ target }) => target === 'fixed'))
    return undefined
  const targets = new Map(pairs.map(({ node, target }) => [node, target]))
  return rewrite(one, (node, [x]) => {
    const target = targets.get(node)
    return Array.isArray(target) ? [reshape(x!, target)] : undefined
  })
}

/** How a node depends on the batch size: not at all, by the target of a Reshape (given with -1), or otherwise. */
function batchDependence(node: Node, twin: Node | undefined): readonly number[] | 'free' | 'fixed' {
  if (!twin || node.op !== twin.op || JSON.stringify(node.attrs) !== JSON.stringify(twin.attrs))
    return 'fixed'
  const differing = node.inputs.flatMap((value, i) => {
    const [a, b] = [value?.data, twin.inputs[i]?.data]
    return a && b && a !== b && numbersOf(a).join() !== numbersOf(b).join() ? [i] : []
  })
  if (differing.length === 0) return 'free'
  if (node.op !== findOperator('Reshape') || differing[0] !== 1) return 'fixed'
  const [a, b] = [numbersOf(node.inputs[1]!.data!), numbersOf(twin.inputs[1]!.data!)]
  const target = a.map((n, i) => (n === b[i] ? n : -1))
  return target.filter((n) => n === -1).length === 1 ? target : 'fixed'
}
