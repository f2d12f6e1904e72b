import { normalizeAxes, sizeOf } from '../../core/index.ts'
import { type Graph, Node, rewrite, type Value } from '../../graph/index.ts'
import { findOperator, gemm, mean, mul, reshape, sub } from '../../ops/index.ts'
import { isOffset, isProduct } from './products.ts'
import { type Uses, usesOf } from './uses.ts'

const addOperator = findOperator('Add')
const mulOperator = findOperator('Mul')
const reshapeOperator = findOperator('Reshape')
const standardizeOperator = findOperator('Standardize', 'gradus')
/** How many times larger than the weight what goes into a product must be, so that the work on the weight does not matter. */
const tall = 4

/** Input `index` of a node. */
interface Place {
  readonly node: Node
  readonly index: number
}

/** A scale, an offset, or both, of the columns of x, and where the nodes that apply them have their operands. */
interface Affine {
  readonly x: Place
  readonly scale?: Place
  readonly offset?: Place
}

const valueAt = ({ node, index }: Place): Value => node.inputs[index]!

/**
 * Scales and offsets of columns right in front of matrix products, such as those of layer norms, moved into the weights:
 * (x s + t) Wᵀ + b = x (s W)ᵀ + (W t + b). It spares a pass over x for each.
 *
 * In training it must be done before the graph is differentiated: it also spares as many as three passes for their
 * gradients, which then come out of those of the weight. And where x has mean 0, all that has no effect is taken from
 * the weight, its own means: so the gradient that comes back to x has mean 0, too, and does not have to be given it.
 * @param learned in a graph that will be differentiated, what a gradient is asked for of.
 */
export function foldAffine(graph: Graph, learned?: ReadonlySet<Value>): Graph {
  const uses = usesOf(graph)
  const affineOf = productsWithAffine(graph, uses, learned)
  if (affineOf.size === 0) return graph
  const standards = [...affineOf.values()].map(({ x }) => standardOf(valueAt(x), uses))
  const centered = new Set(learned ? standards : [])
  const given = new Map<Node, readonly Value[]>()
  const now = ({ node, index }: Place) => given.get(node)![index]!
  return rewrite(graph, (node, inputs) => {
    given.set(node, inputs as readonly Value[])
    if (centered.has(node))
      return new Node(node.op, inputs, { ...node.attrs, centered: 1 }, node.outputs, node.scope).outputs
    const affine = affineOf.get(node)
    if (!affine) return undefined
    const [a, weight, bias] = inputs as readonly Value[]
    const transB = Boolean(node.attrs.transB)
    const [axis, row] = transB ? [1, [1, a!.shape[1]!]] : [0, [a!.shape[1]!, 1]]
    const scaled = affine.scale ? mul(weight!, reshape(now(affine.scale), row)) : weight!
    const isCentered = centered.has(valueAt(affine.x).producer)
    const moved = affine.offset && reshape(now(affine.offset), [1, a!.shape[1]!])
    return [
      gemm(
        reshape(now(affine.x), a!.shape),
        isCentered ? sub(scaled, mean(scaled, { axes: axis, keepDims: true })) : scaled,
        { bias: moved ? gemm(moved, weight!, { bias, transB }) : bias, transB },
      ),
    ]
  })
}

/** The products to fold into. A scale or an offset goes only if every product that reads what it makes takes it. */
function productsWithAffine(
  graph: Graph,
  uses: Uses,
  learned: ReadonlySet<Value> = new Set(),
): Map<Node, Affine> {
  const outputs = new Set(graph.outputs)
  const found = new Map<Node, Affine>()
  const seen = new Set<Value>()
  for (const node of graph.nodes) {
    const end = isProduct(node) ? beforeReshapes(node.inputs[0]!) : undefined
    if (!end || seen.has(end)) continue
    seen.add(end)
    const affine = affineOf(end, node.inputs[0]!.shape[1]!, uses)
    if (!affine) continue
    const readers = readersOf(end, uses, outputs)
    if (readers?.every((reader) => pays(reader, affine, learned)))
      for (const reader of readers) found.set(reader, affine)
  }
  return found
}

/** What a value was before it was given other shapes with the same last axis. */
function beforeReshapes(value: Value): Value {
  if (value.producer?.op !== reshapeOperator) return value
  const before = value.producer.inputs[0]!
  return before.shape.at(-1) === value.shape.at(-1) ? beforeReshapes(before) : value
}

/** The scale and the offset of a value's columns, where nothing else sees them. */
function affineOf(value: Value, width: number, uses: Uses): Affine | undefined {
  const add = operandsOf(value, addOperator, width)
  const scaled = add ? valueAt(add.x) : value
  const isAlone = scaled === value || uses.get(scaled)?.length === 1
  const multiply = isAlone ? operandsOf(scaled, mulOperator, width) : undefined
  const x = multiply?.x ?? add?.x
  return x && { x, scale: multiply?.shared, offset: add?.shared }
}

/** The operands of a node that does the same to each row of x, by a number for each column. */
function operandsOf(
  { producer, shape }: Value,
  op: Node['op'],
  width: number,
): { readonly x: Place; readonly shared: Place } | undefined {
  if (producer?.op !== op) return undefined
  const index = producer.inputs.findIndex((operand) => isOffset(operand!, width))
  const x = producer.inputs[1 - index]
  if (index < 0 || sizeOf(x!.shape) !== sizeOf(shape) || sizeOf(shape) === width) return undefined
  return { x: { node: producer, index: 1 - index }, shared: { node: producer, index } }
}

/** The products that read a value, whatever its shape; undefined if anything else does, too. */
function readersOf(value: Value, uses: Uses, outputs: ReadonlySet<Value>): Node[] | undefined {
  if (outputs.has(value)) return undefined
  const readers: Node[] = []
  for (const user of uses.get(value) ?? []) {
    if (user.inputs[0] !== value || user.inputs.lastIndexOf(value) > 0) return undefined
    const [y] = user.outputs as [Value]
    const keeps = user.op === reshapeOperator && y.shape.at(-1) === value.shape.at(-1)
    const further = isProduct(user) ? [user] : keeps ? readersOf(y, uses, outputs) : undefined
    if (!further) return undefined
    readers.push(...further)
  }
  return readers
}

/** Whether there is enough to spare, and the gradient of the weight is asked for if that of what moves into it is. */
function pays(product: Node, { scale, offset }: Affine, learned: ReadonlySet<Value>): boolean {
  const [a, weight] = product.inputs as [Value, Value]
  const moved = [scale, offset].flatMap((place) => (place ? [valueAt(place)] : []))
  const isFree = learned.has(weight) || !moved.some((value) => learned.has(value))
  return isFree && a.dtype === 'float32' && sizeOf(a.shape) >= tall * sizeOf(weight.shape)
}

/** What gives each row of x mean 0, if nothing else reads x. */
function standardOf(x: Value, uses: Uses): Node | undefined {
  const { producer } = x
  if (producer?.op !== standardizeOperator || uses.get(x)?.length !== 1) return undefined
  const axes = normalizeAxes(producer.attrs.axes as readonly number[], x.rank)
  return axes.length === 1 && axes[0] === x.rank - 1 ? producer : undefined
}
