import { sameShape, sizeOf } from '../../core/index.ts'
import { type Graph, type Node, rewrite, type Value } from '../../graph/index.ts'
import { apply, concat, findOperator, gemm, reshape, split, sum, transpose } from '../../ops/index.ts'
import { isColumnSum, isProduct, isWeightGradient } from './products.ts'
import { type Uses, usesOf } from './uses.ts'

const [gemmOperator, concatOperator, splitOperator] = [
  findOperator('Gemm'),
  findOperator('Concat'),
  findOperator('Split'),
]

/** What a group must save, in elements of weights that are not packed. */
const worthwhile = 2 ** 16
/** Products from which on it pays to transpose a factor once, instead of in each. */
const many = 4
/** How much more it must save than it transposes, in elements. */
const margin = 4

/**
 * Products x Wᵀ of few rows and a wide weight, made as W xᵀ: the right factor of a product is packed before, which here is the
 * smaller one then. Their results, and what is made of them element by element, lie with a sample in each column; so do the
 * gradients, whose products with weights and for weights take either form.
 */
export function turnFewRows(graph: Graph): Graph {
  const groups = new Groups(graph)
  const turning = groups.thatPay()
  if (turning.size === 0) return graph
  const turner = new Turner(turning, groups)
  return rewrite(graph, (node, inputs) => turner.replace(node, inputs as readonly Value[]))
}

const isMatrix = ({ rank, shape }: Value): boolean => rank === 2 && shape[0]! > 1

const isOffset = ({ shape }: Value, width: number): boolean =>
  sizeOf(shape) === width && shape.at(-1) === width

/** Whether a node cuts matrices or puts them together, below or beside each other. */
function isCut({ op, attrs, inputs: [x] }: Node, cut: Node['op'], axis: 0 | 1): boolean {
  const given = attrs.axis ?? 0
  return op === cut && isMatrix(x!) && (given === axis || given === axis - 2)
}

/**
 * The matrices that must be turned together with those that a node makes; none if a node makes no matrices, or can make them as
 * they are only.
 */
function linkedBy(node: Node): readonly Value[] {
  const { op, inputs, outputs } = node
  const [y] = outputs as [Value]
  if (!isMatrix(y)) return []
  if (isCut(node, concatOperator, 1) || isCut(node, splitOperator, 1)) {
    const parts = op === concatOperator ? inputs : [inputs[0], ...outputs]
    return [...(parts as readonly Value[]), y]
  }
  const operands = isProduct(node) ? inputs.slice(2) : op.elementwise ? inputs : undefined
  const whole = operands?.filter((x) => x && sizeOf(x.shape) > 1 && !isOffset(x, y.shape[1]!)) as Value[]
  return whole?.every(({ shape }) => sameShape(shape, y.shape)) ? [...whole, y] : []
}

/** Whether a node is a product of matrices that lie either way, plus something or not. */
const isMultiplication = ({ op, attrs: { alpha = 1, beta = 1 } }: Node): boolean =>
  op === gemmOperator && alpha === 1 && beta === 1

/** Whether a node multiplies the rows of a stack by a weight. */
const isStackProduct = (node: Node, { outputs: [stack] }: Node): boolean =>
  isProduct(node) && node.inputs.length === 2 && node.inputs[0] === stack && node.inputs[1] !== stack

/** Matrices that are turned together or not at all. */
class Groups {
  /** Matrices below each other that are read in products only, which can be made of them one by one. */
  readonly stacks: ReadonlySet<Node>
  readonly uses: Uses
  readonly #graph: Graph
  readonly #parents = new Map<Value, Value>()
  /** What is made by nodes that can make it turned. */
  readonly #made = new Set<Value>()
  readonly #linked: ReadonlyMap<Node, ReadonlySet<Value>>
  /** What is needed as it is, too, or has to be turned by itself. */
  readonly #transposed: ReadonlySet<Value>

  constructor(graph: Graph) {
    this.#graph = graph
    this.uses = usesOf(graph)
    this.stacks = this.#findStacks()
    this.#linked = new Map(graph.nodes.map((node) => [node, new Set(linkedBy(node))]))
    for (const [node, linked] of this.#linked) {
      const outputs = this.#isCutStack(node) || linked.size > 0 ? node.outputs : []
      for (const value of outputs) this.#made.add(value)
      this.#join([...linked, ...outputs])
    }
    for (const stack of this.stacks) this.#join([...this.#partsWith(stack)])
    const values = [...this.#parents.keys()]
    this.#transposed = new Set(values.filter((value) => this.#isTransposed(value)))
  }

  /** The matrices of the groups that are better turned, of those that a node makes turned. */
  thatPay(): Set<Value> {
    const saved = new Map<Value, number>()
    const count = (value: Value, elements: number) => {
      const root = this.#rootOf(value)
      saved.set(root, (saved.get(root) ?? 0) + elements)
    }
    for (const node of this.#graph.nodes) {
      const [y] = node.outputs as [Value]
      if (this.#made.has(y) && isProduct(node) && node.attrs.transB) {
        const [rows, width] = y.shape as [number, number]
        count(y, node.inputs[0]!.shape[1]! * (width - rows))
      }
    }
    for (const value of this.#transposed) count(value, -margin * sizeOf(value.shape))
    return new Set([...this.#made].filter((value) => saved.get(this.#rootOf(value))! >= worthwhile))
  }

  /** Whether a matrix that is turned is needed as it is, too. */
  isNeededPlain(value: Value): boolean {
    return this.#transposed.has(value)
  }

  #isTransposed(value: Value): boolean {
    if (!this.#made.has(value)) return !value.data && !value.shape.includes(1)
    const users = this.uses.get(value) ?? []
    return this.#graph.outputs.includes(value) || !users.every((node) => this.#readsTurned(node, value))
  }

  #readsTurned(node: Node, value: Value): boolean {
    if (this.stacks.has(node) || isColumnSum(node)) return true
    if (isMultiplication(node) && node.inputs[2] !== value) return true
    return this.#linked.get(node)!.has(value)
  }

  #findStacks(): Set<Node> {
    const isStack = ({ inputs, outputs: [y] }: Node) =>
      inputs.every((x) => sameShape(x!.shape, inputs[0]!.shape)) && !this.#graph.outputs.includes(y!)
    const stacks = new Set(
      this.#graph.nodes.filter((node) => isCut(node, concatOperator, 0) && isStack(node)),
    )
    for (let before = -1; before !== stacks.size; ) {
      before = stacks.size
      const isAlike = (stack: Node, other: Value) =>
        stacks.has(other.producer!) && other.producer!.inputs.length === stack.inputs.length
      for (const stack of stacks) {
        const users = this.uses.get(stack.outputs[0]!) ?? []
        const isFine = (node: Node) =>
          isWeightGradient(node) ? node.inputs.every((x) => isAlike(stack, x!)) : isStackProduct(node, stack)
        if (!users.every(isFine)) stacks.delete(stack)
      }
    }
    return stacks
  }

  /** The nodes that cut a product of a stack into those of its parts, if that is all that happens to it. */
  #cutsOf({ outputs: [y] }: Node, { inputs }: Node): readonly Node[] {
    const rows = inputs[0]!.shape[0]
    const isFitting = (node: Node) =>
      isCut(node, splitOperator, 0) && node.outputs.every(({ shape }) => shape[0] === rows)
    const users = this.uses.get(y!) ?? []
    return users.every(isFitting) && !this.#graph.outputs.includes(y!) ? users : []
  }

  /** Whether a node cuts a product of a stack. */
  #isCutStack(node: Node): boolean {
    const product = isCut(node, splitOperator, 0) ? node.inputs[0]!.producer : undefined
    const stack = product?.inputs[0]?.producer
    return this.stacks.has(stack as Node) && this.#cutsOf(product!, stack!).includes(node)
  }

  /** The parts of a stack, and what is turned together with them: what is made of the parts, and the other factors' parts. */
  *#partsWith(stack: Node): Iterable<Value> {
    yield* stack.inputs as readonly Value[]
    for (const user of this.uses.get(stack.outputs[0]!) ?? []) {
      if (isWeightGradient(user)) for (const factor of user.inputs) yield factor!.producer!.inputs[0]!
      else for (const node of this.#cutsOf(user, stack)) yield node.outputs[0]!
    }
  }

  #rootOf(value: Value): Value {
    let root = value
    for (let parent = this.#parents.get(root); parent && parent !== root; parent = this.#parents.get(root))
      root = parent
    this.#parents.set(value, root)
    return root
  }

  #join(values: readonly Value[]): void {
    for (const value of values) {
      if (!this.#parents.has(value)) this.#parents.set(value, value)
      this.#parents.set(this.#rootOf(value), this.#rootOf(values[0]!))
    }
  }
}

/** Makes the graph with some matrices turned. */
class Turner {
  readonly #turning: ReadonlySet<Value>
  readonly #groups: Groups
  /** The turned form of matrices of the graph as it was. */
  readonly #turned = new Map<Value, Value>()
  /** Factors of many products, transposed. */
  readonly #weights = new Map<Value, Value>()
  /** What the inputs of nodes have become. */
  readonly #given = new Map<Node, readonly Value[]>()

  constructor(turning: ReadonlySet<Value>, groups: Groups) {
    this.#turning = turning
    this.#groups = groups
  }

  /** What some node needs as it was is transposed back; of the others nobody reads what was. */
  replace(node: Node, inputs: readonly Value[]): readonly Value[] | undefined {
    this.#given.set(node, inputs)
    if (this.#turning.has(node.outputs[0]!)) {
      const turned = this.#make(node, inputs)
      node.outputs.forEach((value, i) => {
        this.#turned.set(value, turned[i]!)
      })
      return node.outputs.map((value, i) =>
        this.#groups.isNeededPlain(value) ? transpose(turned[i]!, [1, 0]) : value,
      )
    }
    const [a, b] = node.inputs as [Value, Value?]
    const turned = this.#turned.get(a)
    if (isColumnSum(node) && turned) return [reshape(sum(turned, { axes: 1 }), node.outputs[0]!.shape)]
    if (isWeightGradient(node) && this.#isTurnedStack(a)) {
      const others = this.#partsOf(b!)
      const addProduct = (bias: Value | undefined, part: Value, i: number) =>
        gemm(part, others[i]!, { bias, transB: true })
      return [this.#partsOf(a).reduce(addProduct, undefined)!]
    }
    if (isMultiplication(node) && this.#isTurnedStack(a))
      return [concat(this.#stackProducts(node).map((part) => transpose(part, [1, 0])))]
    const isFree = isMultiplication(node) && (turned || this.#turned.has(b!))
    return isFree ? [this.#product(node, inputs)] : undefined
  }

  #make(node: Node, inputs: readonly Value[]): readonly Value[] {
    const { op, attrs, outputs } = node
    const [y] = outputs as [Value]
    if (isProduct(node)) return [this.#turnedProduct(node, inputs)]
    if (op === concatOperator) return [concat(node.inputs.map((part, i) => this.#turn(part!, inputs[i]!)))]
    if (op !== splitOperator) {
      const operands = node.inputs.map((value, i) => this.#operand(value!, inputs[i]!, y.shape[1]!))
      return [apply(op, operands, attrs)]
    }
    if (isCut(node, splitOperator, 1))
      return split(
        this.#turn(node.inputs[0]!, inputs[0]!),
        outputs.map(({ shape }) => shape[1]!),
      )
    return this.#stackProducts(node.inputs[0]!.producer!)
  }

  /** The products of the parts of a stack, turned. */
  #stackProducts(product: Node): readonly Value[] {
    const parts = this.#partsOf(product.inputs[0]!)
    const weight = this.#weight(product, this.#given.get(product)!, parts.length)
    return parts.map((part) => gemm(weight.value, part, { transA: !weight.isTurned }))
  }

  #isTurnedStack({ producer }: Value): boolean {
    return (
      this.#groups.stacks.has(producer as Node) && producer!.inputs.some((part) => this.#turning.has(part!))
    )
  }

  /** The turned parts of a stack. */
  #partsOf({ producer }: Value): readonly Value[] {
    const given = this.#given.get(producer!)!
    return producer!.inputs.map((part, i) => this.#turn(part!, given[i]!))
  }

  #turn(value: Value, given: Value): Value {
    const [rows, width] = value.shape as [number, number]
    const flat = rows === 1 || width === 1
    const turned =
      this.#turned.get(value) ?? (flat ? reshape(given, [width, rows]) : transpose(given, [1, 0]))
    this.#turned.set(value, turned)
    return turned
  }

  /** (a b + c)ᵀ = bᵀ aᵀ + cᵀ */
  #turnedProduct(node: Node, inputs: readonly Value[]): Value {
    const [a] = this.#factors(node, inputs)
    const b = this.#weight(node, inputs)
    const width = node.outputs[0]!.shape[1]!
    const bias = inputs[2] && this.#operand(node.inputs[2]!, inputs[2], width)
    return gemm(b.value, a.value, { transA: !b.isTurned, transB: !a.isTurned, bias })
  }

  /** The right factor of a product; the other way round by itself if that is done in many products otherwise. */
  #weight(node: Node, inputs: readonly Value[], products = this.#countOf(node)): Factor {
    const [, b] = this.#factors(node, inputs)
    if (b.isTurned || products < many) return b
    const value = this.#weights.get(b.value) ?? transposedFirst(b.value)
    this.#weights.set(b.value, value)
    return { value, isTurned: true }
  }

  /** How many products have the right factor that this one has, as it lies. */
  #countOf({ inputs: [, weight] }: Node): number {
    const isAlike = (node: Node) => isProduct(node) && node.inputs[1] === weight && !node.attrs.transB
    return this.#groups.uses.get(weight!)!.filter(isAlike).length
  }

  #product(node: Node, inputs: readonly Value[]): Value {
    const [a, b] = this.#factors(node, inputs)
    // Gemm takes longer for a left factor that it reads across its rows, even more than for a result that is transposed.
    if (a.isTurned && node.outputs[0]!.shape[1]! < a.value.shape[0]!)
      return transpose(this.#turnedProduct(node, inputs), [1, 0])
    return gemm(a.value, b.value, { transA: a.isTurned, transB: b.isTurned, bias: inputs[2] })
  }

  /** The factors of a product as they lie, and whether that is turned beside how they are multiplied. */
  #factors(node: Node, inputs: readonly Value[]): [Factor, Factor] {
    const factor = (i: 0 | 1): Factor => {
      const isTurned = Boolean(i === 0 ? node.attrs.transA : node.attrs.transB)
      const turned = this.#turned.get(node.inputs[i]!)
      return turned ? { value: turned, isTurned: !isTurned } : { value: inputs[i]!, isTurned }
    }
    return [factor(0), factor(1)]
  }

  /** What is read element by element, for columns in the place of rows. */
  #operand(value: Value, given: Value, width: number): Value {
    if (sizeOf(value.shape) === 1) return given
    return isOffset(value, width) ? reshape(given, [width, 1]) : this.#turn(value, given)
  }
}

/** A matrix transposed in between a reshape and another, for ONNX Runtime would join it to the products. */
function transposedFirst(x: Value): Value {
  const [rows, width] = x.shape as [number, number]
  return reshape(transpose(reshape(x, [1, rows, width]), [0, 2, 1]), [width, rows])
}

/** A factor of a product as it lies, and whether it has to be turned to be multiplied. */
interface Factor {
  readonly value: Value
  readonly isTurned: boolean
}
