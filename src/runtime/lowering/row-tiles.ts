import { type Shape, sizeOf } from '../../core/index.ts'
import { constant, type Graph, type Node, rewrite, type Value } from '../../graph/index.ts'
import { add, apply, concat, findOperator, gemm, matmul, reshape, split, transpose } from '../../ops/index.ts'
import { imageProduct, isColumnSum, isOffset, isProduct, isWeightGradient, large } from './products.ts'
import { type Uses, usesOf } from './uses.ts'

const reshapeOperator = findOperator('Reshape')
/** Element by element, though not in the loops that we make ourselves. */
const otherPointwise = new Set([findOperator('Erf'), findOperator('Gelu')])

/** Elements from which on a result fits no cache that a core has, and is written to memory by each operator. */
const huge = 4 * large

/**
 * What lies between two matrix products and is wider than what goes in and comes out, such as the inside of a transformer's
 * feed-forward layers, made some rows at a time: a tile of it stays in the caches from one operator to the next. So do its
 * gradients, and those of the weights are summed up over the tiles.
 */
export function tileRows(graph: Graph): Graph {
  const uses = usesOf(graph)
  const regionOf = new Map<Node, Region>()
  for (const members of regionsOf(graph, uses)) {
    const region = new Region(members, uses)
    for (const node of [...members, ...region.exits]) regionOf.set(node, region)
  }
  if (regionOf.size === 0) return graph
  return rewrite(graph, (node, inputs) => {
    const value = regionOf.get(node)?.visit(node, inputs as readonly Value[])
    return value && [value]
  })
}

const isPointwise = ({ op }: Node): boolean => op.elementwise !== undefined || otherPointwise.has(op)

/** Whether a node makes each row of its result, [..., W], from the same row of its operands, and from weights. */
function isRowwise(node: Node): boolean {
  const [y] = node.outputs as [Value]
  if (sizeOf(y.shape) < huge) return false
  const width = y.shape.at(-1)!
  if (isProduct(node)) return node.inputs[2] === undefined || isOffset(node.inputs[2], width)
  if (node.op === reshapeOperator) return node.inputs[0]!.shape.at(-1) === width
  const fits = (x: Value | undefined) =>
    x !== undefined &&
    (isShared(x, width) || (sizeOf(x.shape) === sizeOf(y.shape) && x.shape.at(-1) === width))
  return isPointwise(node) && node.outputs.length === 1 && node.inputs.every(fits)
}

/** Whether all rows of width W share an operand: a number, or one for each column. */
const isShared = (x: Value, width: number): boolean => sizeOf(x.shape) === 1 || isOffset(x, width)

/** Whether a node that reads a wide value gives something that is not: a narrow product, or a sum over all rows. */
const isExit = (node: Node, value: Value): boolean =>
  (isProduct(node) && node.inputs[0] === value && node.inputs[1] !== value) ||
  isWeightGradient(node) ||
  (isColumnSum(node) && sizeOf(node.outputs[0]!.shape) === value.shape.at(-1))

/** Nodes whose results are wide and needed nowhere else than in the region and at its exits. */
function regionsOf(graph: Graph, uses: Uses): Set<Node>[] {
  const inside = new Set(graph.nodes.filter(isRowwise))
  const outputs = new Set(graph.outputs)
  const stays = ({ outputs: [y] }: Node) =>
    !outputs.has(y!) && (uses.get(y!) ?? []).every((user) => inside.has(user) || isExit(user, y!))
  for (let before = -1; before !== inside.size; ) {
    before = inside.size
    for (const node of inside) if (!stays(node)) inside.delete(node)
  }
  const regions: Set<Node>[] = []
  while (inside.size > 0) {
    const region = connected(inside, uses)
    for (const node of region) inside.delete(node)
    if (pays(region)) regions.push(region)
  }
  return regions
}

/** The first of the nodes, and all that it is connected with through values that they make and read. */
function connected(nodes: ReadonlySet<Node>, uses: Uses): Set<Node> {
  const [first] = nodes
  const region = new Set([first!])
  for (const { inputs, outputs } of region) {
    const users = uses.get(outputs[0]!) ?? []
    const beside = users.filter(isWeightGradient).flatMap((user) => user.inputs)
    const near = [...[...inputs, ...beside].map((value) => value?.producer), ...users]
    for (const node of near) if (node && nodes.has(node)) region.add(node)
  }
  return region
}

/** Whether more is saved inside a region than it costs to cut what goes in and to put together what comes out. */
function pays(region: ReadonlySet<Node>): boolean {
  const products = [...region].filter(isProduct)
  const wide = Math.max(...[...region].map(({ outputs: [y] }) => sizeOf(y!.shape)))
  const given = new Set(
    [...region].flatMap(({ inputs }) => inputs.filter((x) => x && !region.has(x.producer!))),
  )
  const cut = [...given].reduce((sum, x) => sum + (x!.data ? 0 : sizeOf(x!.shape)), 0)
  const passes = [...region].filter(isPointwise).length
  return products.length > 0 && passes > 0 && cut < wide * Math.min(passes, 1.5)
}

class Region {
  /** The nodes that read what is inside and are not inside themselves. */
  readonly exits: ReadonlySet<Node>
  readonly #members: ReadonlySet<Node>
  readonly #rows: number
  readonly #sizes: readonly number[]
  /** What the inputs of members have become. */
  readonly #given = new Map<Node, readonly Value[]>()
  /** The tiles of what members make, and of what is cut, with and without a column of ones. */
  readonly #tiles = new Map<Value, Value[]>()
  readonly #cuts = new Map<Value, readonly Value[]>()
  readonly #widened = new Map<Value, readonly Value[]>()
  /** [W b] of the products that begin the region. */
  readonly #weights = new Map<Node, Value>()
  /** Gradients of weights and offsets, [K, W] and [1, W], by what they are summed up from. */
  readonly #joint = new Map<Node, readonly Value[]>()
  /** The gradient of the weight by the wide gradient that it comes from, where that of an offset is asked for, too. */
  readonly #weightOf = new Map<Value, Node>()

  constructor(members: ReadonlySet<Node>, uses: Uses) {
    this.#members = members
    const shapes = [...members].map(({ outputs: [y] }) => y!.shape)
    this.#rows = sizeOf(shapes[0]!) / shapes[0]!.at(-1)!
    const count = Math.ceil(Math.max(...shapes.map(sizeOf)) / large)
    this.#sizes = Array.from({ length: count }, (_, k) => share(this.#rows, count, k))
    const users = [...members].flatMap(({ outputs: [y] }) => uses.get(y!) ?? [])
    this.exits = new Set(users.filter((node) => !members.has(node)))
    const summed = new Set([...this.exits].filter(isColumnSum).map(({ inputs: [x] }) => this.#origin(x!)))
    for (const node of this.exits) {
      const [dy, x] = node.inputs as [Value, Value]
      const isJoint = isWeightGradient(node) && summed.has(this.#origin(dy)) && !this.#isInside(x)
      if (isJoint) this.#weightOf.set(this.#origin(dy), node)
    }
  }

  /** Takes note of what the inputs of a node have become; for an exit, what it is to become. */
  visit(node: Node, inputs: readonly Value[]): Value | undefined {
    this.#given.set(node, inputs)
    if (this.#members.has(node)) return undefined
    if (isColumnSum(node)) return this.#columnSum(node)
    if (isWeightGradient(node)) return this.#weightGradient(node)
    const [, weight, bias] = inputs
    const transB = Boolean(node.attrs.transB)
    return concat(this.#sizes.map((_, k) => gemm(this.#tile(node, 0, k), weight!, { bias, transB })))
  }

  #isInside({ producer }: Value): boolean {
    return producer !== undefined && this.#members.has(producer)
  }

  /** A value before it was given other shapes. */
  #origin(value: Value): Value {
    const { producer } = value
    return this.#isInside(value) && producer!.op === reshapeOperator
      ? this.#origin(producer!.inputs[0]!)
      : value
  }

  /** The rows of tile k of the input i of a node: [rows, W]. */
  #tile(node: Node, i: number, k: number): Value {
    const x = node.inputs[i]!
    return this.#isInside(x) ? this.#made(x.producer!, k) : this.#cut(this.#given.get(node)![i]!)[k]!
  }

  #made(node: Node, k: number): Value {
    const [y] = node.outputs as [Value]
    const tiles = this.#tiles.get(y) ?? []
    this.#tiles.set(y, tiles)
    tiles[k] ??= this.#make(node, k)
    return tiles[k]
  }

  #make(node: Node, k: number): Value {
    if (node.op === reshapeOperator) return this.#tile(node, 0, k)
    const given = this.#given.get(node)!
    if (isProduct(node)) return this.#product(node, given, k)
    const width = node.outputs[0]!.shape.at(-1)!
    const operands = node.inputs.map((x, i) => {
      if (!isShared(x!, width)) return this.#tile(node, i, k)
      return reshape(given[i]!, sizeOf(x!.shape) === 1 ? [] : [width])
    })
    return apply(node.op, operands, node.attrs)
  }

  /** x W + b as [x 1] [W b]. */
  #product(node: Node, [x, weight, bias]: readonly Value[], k: number): Value {
    const transB = Boolean(node.attrs.transB)
    if (!bias || this.#isInside(node.inputs[0]!))
      return gemm(this.#tile(node, 0, k), weight!, { bias, transB })
    const size = sizeOf(bias.shape)
    const column = reshape(bias, transB ? [size, 1] : [1, size])
    const joined = this.#weights.get(node) ?? concat([weight!, column], { axis: transB ? 1 : 0 })
    this.#weights.set(node, joined)
    return gemm(this.#wider(x!)[k]!, joined, { transB })
  }

  #cut(x: Value): readonly Value[] {
    const parts =
      this.#cuts.get(x) ?? split(reshape(x, [this.#rows, sizeOf(x.shape) / this.#rows]), this.#sizes)
    this.#cuts.set(x, parts)
    return parts
  }

  #wider(x: Value): readonly Value[] {
    const parts = this.#widened.get(x) ?? split(concat([x, ones([this.#rows, 1])], { axis: 1 }), this.#sizes)
    this.#widened.set(x, parts)
    return parts
  }

  #weightGradient(node: Node): Value {
    const [a, b] = node.inputs as [Value, Value]
    if (this.#weightOf.get(this.#origin(a)) === node) return transpose(this.#jointGradients(node)[0]!, [1, 0])
    const tiles = (k: number) => [this.#tile(node, 0, k), this.#tile(node, 1, k)] as const
    if (!this.#isInside(b))
      return transpose(
        this.#sum((k) => imageProduct(...tiles(k))),
        [1, 0],
      )
    if (!this.#isInside(a))
      return this.#sum((k) => imageProduct(...(tiles(k).toReversed() as [Value, Value])))
    return this.#sum((k) => gemm(...tiles(k), { transA: true }))
  }

  #columnSum(node: Node): Value {
    const joint = this.#weightOf.get(this.#origin(node.inputs[0]!))
    const row =
      joint && this.#given.has(joint)
        ? this.#jointGradients(joint)[1]!
        : this.#sum((k) => matmul(ones([1, this.#sizes[k]!]), this.#tile(node, 0, k)))
    return reshape(row, node.outputs[0]!.shape)
  }

  /** [x 1]ᵀ dy, in two parts. */
  #jointGradients(node: Node): readonly Value[] {
    const [, x] = this.#given.get(node)!
    const known = this.#joint.get(node)
    if (known) return known
    const sum = this.#sum((k) => imageProduct(this.#tile(node, 0, k), this.#wider(x!)[k]!))
    const parts = split(sum, [x!.shape[1]!, 1])
    this.#joint.set(node, parts)
    return parts
  }

  #sum(part: (k: number) => Value): Value {
    return this.#sizes.map((_, k) => part(k)).reduce((sum, next) => add(sum, next))
  }
}

/** The size of part k of a whole in so many parts, all about the same. */
const share = (whole: number, count: number, k: number): number =>
  Math.floor((whole * (k + 1)) / count) - Math.floor((whole * k) / count)

const ones = (shape: Shape): Value => constant(new Float32Array(sizeOf(shape)).fill(1), 'float32', shape)
