import { normalizeAxes, numbersOf, type Shape, sizeOf } from '../../core/index.ts'
import { type Graph, type Node, rewrite, type Value } from '../../graph/index.ts'
import { apply, concat, findOperator, reshape, softmax, split, sum } from '../../ops/index.ts'
import { isProduct, large, wideEnough } from './products.ts'
import { type Uses, usesOf } from './uses.ts'

const [transposeOperator, softmaxOperator, sumOperator, concatOperator, splitOperator] = [
  findOperator('Transpose'),
  findOperator('Softmax'),
  findOperator('ReduceSum'),
  findOperator('Concat'),
  findOperator('Split'),
]
const stackProducts = new Set([findOperator('MatMul'), findOperator('TransposedMatMul', 'gradus')])
const reshapings = new Set([findOperator('Reshape'), findOperator('Squeeze'), findOperator('Unsqueeze')])

/**
 * The heads of attention, [N, H, T, D], made one by one: [N, T, D] each. A head is some columns of the rows that a product makes,
 * so that nothing is transposed to put the heads in front of the places, and nothing to put them back: queries, keys and values
 * are products with some rows of the weight, and heads are put side by side. The same for their gradients.
 */
export function splitHeads(graph: Graph): Graph {
  const inside = nodesInside(graph, usesOf(graph))
  if (![...inside].some(({ op }) => stackProducts.has(op))) return graph
  const heads = new Heads(inside)
  return rewrite(graph, (node, inputs) => heads.replace(node, inputs as readonly Value[]))
}

/** [N, T, H, D] to [N, H, T, D], or back. */
const swapsHeads = ({ op, attrs }: Node): boolean =>
  op === transposeOperator && String(attrs.perm) === '0,2,1,3'

/** Nodes that can be done for each head by itself, and of which nothing else is read than what is made of the heads at the end. */
function nodesInside(graph: Graph, uses: Uses): Set<Node> {
  const inside = new Set<Node>()
  for (const node of graph.nodes) if (isBegin(node, inside) || isInner(node, inside)) inside.add(node)
  const outputs = new Set(graph.outputs)
  const stays = (node: Node): boolean =>
    !outputs.has(node.outputs[0]!) &&
    (uses.get(node.outputs[0]!) ?? []).every((user) => inside.has(user) || swapsHeads(user)) &&
    (swapsHeads(node) || isInner(node, inside))
  for (let before = -1; before !== inside.size; ) {
    before = inside.size
    for (const node of inside) if (!stays(node)) inside.delete(node)
  }
  return inside
}

const isMadeIn = (x: Value | undefined, nodes: ReadonlySet<Node>): boolean =>
  x?.producer !== undefined && nodes.has(x.producer)

function isBegin(node: Node, inside: ReadonlySet<Node>): boolean {
  const [y] = node.outputs as [Value]
  return (
    swapsHeads(node) &&
    !isMadeIn(node.inputs[0], inside) &&
    sizeOf(y.shape) >= large &&
    y.shape[3]! >= wideEnough
  )
}

/** Whether a node makes each head of its result from the same head of what is made inside, and from what all heads share. */
function isInner({ op, attrs, inputs, outputs }: Node, inside: ReadonlySet<Node>): boolean {
  const [x, other] = inputs
  const { shape } = outputs[0]!
  if (outputs.length !== 1 || shape.length !== 4) return false
  const isMade = (value: Value | undefined) => isMadeIn(value, inside) && value!.shape[1] === shape[1]
  if (op === softmaxOperator) return isMade(x) && isLast([Number(attrs.axis ?? -1)])
  if (op === sumOperator)
    return (
      isMade(x) &&
      Number(attrs.keepdims ?? 1) === 1 &&
      other?.data !== undefined &&
      isLast(numbersOf(other.data))
    )
  if (stackProducts.has(op)) return inputs.every(isMade)
  const isGiven = (value: Value | undefined) =>
    value !== undefined && !isMadeIn(value, inside) && (isShared(value) || isStack(value, shape))
  return (
    op.elementwise !== undefined &&
    inputs.some(isMade) &&
    inputs.every((value) => isMade(value) || isGiven(value))
  )
}

const isLast = (axes: readonly number[]): boolean => String(normalizeAxes(axes, 4)) === '3'

/** Whether all heads see the same of a value. */
const isShared = ({ shape }: Value): boolean =>
  sizeOf(shape) === 1 || shape.length <= 2 || (shape.length === 4 && shape[1] === 1)

/** Whether a value has a part of its own for each head. */
const isStack = ({ shape }: Value, [, heads]: Shape): boolean => shape.length === 4 && shape[1] === heads

class Heads {
  readonly #inside: ReadonlySet<Node>
  /** What values of the graph as it was are made of: [N, T, X] for each head. */
  readonly #heads = new Map<Value, readonly Value[]>()
  /** What lies side by side in the rows of a value: [N, T, X] each. */
  readonly #columns = new Map<Value, readonly Value[]>()
  readonly #joined = new Map<readonly Value[], Value>()
  /** Products and stacks, cut apart. */
  readonly #cuts = new Map<Value, readonly Value[]>()

  constructor(inside: ReadonlySet<Node>) {
    this.#inside = inside
  }

  replace(node: Node, inputs: readonly Value[]): readonly Value[] | undefined {
    const [y] = node.outputs as [Value]
    if (this.#inside.has(node)) {
      this.#heads.set(y, swapsHeads(node) ? this.#begin(inputs[0]!) : this.#make(node, inputs))
      return node.outputs // that nobody reads any more
    }
    const columns = this.#columnsOf(node)
    if (!columns) return undefined
    this.#columns.set(y, columns)
    const joined = this.#joined.get(columns) ?? concat(columns, { axis: 2 })
    this.#joined.set(columns, joined)
    return [reshape(joined, y.shape)]
  }

  /** The heads of what a product makes, [N, T, H, D], each a product with some columns of the weight. */
  #begin(x: Value): readonly Value[] {
    const [batch, length, heads, width] = x.shape as [number, number, number, number]
    const place = placeIn(x, batch * length)
    const isEven = place && place.from % width === 0 && place.rows.shape[1]! % width === 0
    const rows = isEven ? place.rows : reshape(x, [batch * length, heads * width])
    const first = isEven ? place.from / width : 0
    const parts = this.#cut(rows, rows.shape[1]! / width)
    return parts.slice(first, first + heads).map((part) => reshape(part, [batch, length, width]))
  }

  #make({ op, attrs, inputs: values, outputs: [y] }: Node, inputs: readonly Value[]): readonly Value[] {
    const [, heads] = y!.shape as [number, number]
    return Array.from({ length: heads }, (_, head) => {
      const operands = values.map((x, i) => this.#headOf(x!, inputs[i]!, head))
      if (op === softmaxOperator) return softmax(operands[0]!)
      if (op === sumOperator) return sum(operands[0]!, { axes: -1, keepDims: true })
      return apply(op, operands, attrs)
    })
  }

  /** One head of a value that was `x`. */
  #headOf(x: Value, now: Value, head: number): Value {
    const made = this.#heads.get(x)?.[head]
    if (made) return made
    const [batch, , ...rest] = x.shape as [number, number, ...number[]]
    if (sizeOf(x.shape) === 1) return reshape(now, [])
    if (x.rank <= 2) return now
    if (isShared(x)) return reshape(now, [batch, ...rest])
    return reshape(this.#cut(now, x.shape[1]!)[head]!, [batch, ...rest])
  }

  /** So many parts of a value along its second axis. */
  #cut(x: Value, parts: number): readonly Value[] {
    const known = this.#cuts.get(x)
    if (known?.length === parts) return known
    const cut = split(x, parts, { axis: 1 })
    this.#cuts.set(x, cut)
    return cut
  }

  /** What lies side by side in the rows of what a node makes, if it is made of heads. */
  #columnsOf({ op, attrs, inputs, outputs: [y] }: Node): readonly Value[] | undefined {
    const heads = this.#heads.get(inputs[0]!)
    if (heads) return heads
    const known = inputs.map((x) => (x && this.#columns.get(x)) ?? [])
    const [first] = known[0] as [Value?]
    if (!first) return undefined
    const [batch, length] = first.shape as [number, number]
    const axes = axesOf(y!.shape, batch * length)
    if (reshapings.has(op)) return axes === undefined ? undefined : known[0]
    const isBeside = known.every(([x]) => x && x.shape[0] === batch && x.shape[1] === length)
    return op === concatOperator && axes === attrs.axis && isBeside ? known.flat() : undefined
  }
}

/** How many of the first axes make so many rows; undefined if none do. */
function axesOf(shape: Shape, rows: number): number | undefined {
  const last = shape.findIndex((_, i) => sizeOf(shape.slice(0, i + 1)) === rows)
  return last < 0 ? undefined : last + 1
}

/** The product, [rows, W], whose rows a value holds a part of, and from which column on. */
function placeIn(x: Value, rows: number): { readonly rows: Value; readonly from: number } | undefined {
  const { producer } = x
  if (!producer) return undefined
  if (isProduct(producer)) return x.shape[0] === rows ? { rows: x, from: 0 } : undefined
  const [whole] = producer.inputs as [Value]
  if (reshapings.has(producer.op)) return placeIn(whole, rows)
  const axis = Number(producer.attrs.axis ?? 0)
  if (producer.op !== splitOperator || axesOf(whole.shape, rows) !== axis) return undefined
  const place = placeIn(whole, rows)
  const before = producer.outputs.slice(0, producer.outputs.indexOf(x))
  const skipped = before.reduce((sum, { shape }) => sum + sizeOf(shape) / rows, 0)
  return place && { rows: place.rows, from: place.from + skipped }
}
