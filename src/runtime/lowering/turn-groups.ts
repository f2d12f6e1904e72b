import { sameShape, sizeOf } from '../../core/index.ts'
import type { Graph, Node, Value } from '../../graph/index.ts'
import { findOperator } from '../../ops/index.ts'
import { isColumnSum, isOffset, isProduct, isWeightGradient } from './products.ts'
import { type Uses, usesOf } from './uses.ts'

const [gemmOperator, concatOperator, splitOperator] = [
  findOperator('Gemm'),
  findOperator('Concat'),
  findOperator('Split'),
]

/** What a group must save, in elements of weights that are not packed. */
const worthwhile = 2 ** 16
/** How much more it must save than it transposes, in elements. */
const margin = 4

const isMatrix = ({ rank, shape }: Value): boolean => rank === 2 && shape[0]! > 1

/** Whether a node cuts matrices or puts them together, below or beside each other. */
export function isCut({ op, attrs, inputs: [x] }: Node, cut: Node['op'], axis: 0 | 1): boolean {
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
export const isMultiplication = ({ op, attrs: { alpha = 1, beta = 1 } }: Node): boolean =>
  op === gemmOperator && alpha === 1 && beta === 1

/** Whether a node multiplies the rows of a stack by a weight. */
const isStackProduct = (node: Node, { outputs: [stack] }: Node): boolean =>
  isProduct(node) && node.inputs.length === 2 && node.inputs[0] === stack && node.inputs[1] !== stack

/** Matrices that are turned together or not at all. */
export class TurnGroups {
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
