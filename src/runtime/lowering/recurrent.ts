import { sameShape, sizeOf } from '../../core/index.ts'
import { constant, type Graph, type Node, rewrite, type Value } from '../../graph/index.ts'
import { concat, findOperator, gemm, reshape, split } from '../../ops/index.ts'
import { isColumnSum, isProduct, isWeightGradient, large } from './products.ts'
import { onlyUser, type Uses, usesOf } from './uses.ts'

const [addOperator, concatOperator, reshapeOperator, splitOperator, squeezeOperator] = [
  findOperator('Add'),
  findOperator('Concat'),
  findOperator('Reshape'),
  findOperator('Split'),
  findOperator('Squeeze'),
]

/**
 * Recurrent layers x_t Wᵀ + b + h_(t-1) Rᵀ with one product for each step, [x_t 1 h_(t-1)] [W b R]ᵀ, and the gradients of all
 * three weights as one product over all steps. What comes from the inputs is faster by itself if it is made for all steps at
 * once, but where that fits no cache it is written to memory, cut into steps, and read again from there.
 */
export function joinRecurrent(graph: Graph): Graph {
  const uses = usesOf(graph)
  const layers = graph.nodes.flatMap((node) => layerOf(node, uses) ?? [])
  if (layers.length === 0) return graph
  const joins = new Map<Node, Join>()
  for (const layer of layers) new JoinedLayer(layer, uses).enlist(joins)
  return rewrite(graph, (node, inputs) => {
    const value = joins.get(node)?.(inputs as readonly Value[])
    return value && [value]
  })
}

/** What is put in place of a node, from what its inputs have become. */
type Join = (inputs: readonly Value[]) => Value | undefined

/** A layer in the graph as it was written. */
interface Layer {
  /** The inputs' part, of all steps. */
  readonly product: Node
  /** The same, step by step: what gives [N, G]. */
  readonly parts: readonly Node[]
  /** The products h_(t-1) Rᵀ + part; the first step has none. */
  readonly steps: readonly (Node | undefined)[]
}

/** The layer that begins with this product, if one does and is large enough. */
function layerOf(product: Node, uses: Uses): Layer | undefined {
  const [y] = product.outputs as [Value]
  const offset = product.inputs[2]?.shape ?? [y.shape[1]!]
  const isAffine = isProduct(product) && product.attrs.transB && sameShape(offset, [y.shape[1]!])
  if (!isAffine || y.dtype !== 'float32' || sizeOf(y.shape) < large) return undefined
  const byStep = onlyUser(y, uses, reshapeOperator)
  const cut = byStep && onlyUser(byStep.outputs[0]!, uses, splitOperator)
  if (!cut || (cut.attrs.axis ?? 0) !== 0 || cut.outputs[0]!.shape[0] !== 1) return undefined
  const parts = cut.outputs.flatMap((part) => onlyUser(part, uses, squeezeOperator) ?? [])
  const steps = parts.map(({ outputs: [part] }) => {
    const user = onlyUser(part!, uses, product.op)
    return user && isProduct(user) && user.attrs.transB && user.inputs[2] === part ? user : undefined
  })
  const [, state] = steps
  const isStep = (step: Node | undefined) => step !== undefined && step.inputs[1] === state?.inputs[1]
  return parts.length === cut.outputs.length && steps.slice(1).every(isStep)
    ? { product, parts, steps }
    : undefined
}

class JoinedLayer {
  readonly #layer: Layer
  readonly #uses: Uses
  /** The inputs of each step, [N, in], the weight, [G, in], and the offset. */
  #inputs: readonly Value[] = []
  #weight: Value | undefined
  #offset: Value | undefined
  /** [W b R] */
  #weights: Value | undefined
  /** [N, 1] */
  #ones: Value | undefined
  /** [x_t 1 h_(t-1)] */
  readonly #rows: Value[] = []
  /** That of all steps' products, below each other. */
  #allGradients: Value | undefined
  #gradients: readonly Value[] = []

  constructor(layer: Layer, uses: Uses) {
    this.#layer = layer
    this.#uses = uses
  }

  enlist(joins: Map<Node, Join>): void {
    const { product, parts, steps } = this.#layer
    joins.set(product, (inputs) => this.#begin(inputs))
    parts.forEach((part, t) => {
      joins.set(part, () => gemm(this.#inputs[t]!, this.#weight!, { bias: this.#offset, transB: true }))
    })
    steps.forEach((step, t) => {
      if (step) joins.set(step, ([state, weight]) => this.#step(t, state!, weight!))
    })
    this.#enlistGradients(joins)
  }

  #begin([rows, weight, offset]: readonly Value[]): undefined {
    const { op, attrs, inputs } = rows!.producer ?? {}
    const count = this.#layer.parts.length
    const size = rows!.shape[0]! / count
    const isRow = op === concatOperator && (attrs?.axis ?? 0) === 0 && inputs?.length === count
    const given = isRow && inputs.every((x) => x!.shape[0] === size) ? (inputs as Value[]) : undefined
    this.#inputs = given ?? split(rows!, count)
    this.#weight = weight
    this.#offset = offset
  }

  #step(t: number, state: Value, weight: Value): Value {
    const offset = this.#offset && [reshape(this.#offset, [sizeOf(this.#offset.shape), 1])]
    this.#weights ??= concat([this.#weight!, ...(offset ?? []), weight], { axis: 1 })
    this.#rows[t] = this.#row(t, state)
    return gemm(this.#rows[t], this.#weights, { transB: true })
  }

  #row(t: number, state: Value): Value {
    const x = this.#inputs[t]!
    const size = x.shape[0]!
    this.#ones ??= constant(new Float32Array(size).fill(1), 'float32', [size, 1])
    return concat([x, ...(this.#offset ? [this.#ones] : []), state], { axis: 1 })
  }

  /** Gradients of the weights, where the graph has those of all steps. */
  #enlistGradients(joins: Map<Node, Join>): void {
    const { product, parts, steps } = this.#layer
    const [rows, , offset] = product.inputs
    const ofInputs = this.#uses.get(rows!)?.find((node) => isWeightGradient(node) && node.inputs[1] === rows)
    const dy = ofInputs?.inputs[0]
    const row = dy && rowOf(dy, parts.length)
    const dys = row?.inputs.map((step) => beforeReshape(step!))
    const [first, ...others] = steps.map((step, t) => {
      const isTerm = (node: Node) => isWeightGradient(node) && node.inputs[0] === dys?.[t]
      return step && this.#uses.get(step.inputs[0]!)?.find(isTerm)
    })
    if (!ofInputs || !row || first || others.some((node) => !node)) return
    const sum = sumOf(others as Node[], this.#uses)
    if (!sum) return
    joins.set(row, (steps) => {
      this.#allGradients = concat(steps.map(beforeReshape))
      return reshape(this.#allGradients, row.outputs[0]!.shape)
    })
    if (dy!.producer !== row) joins.set(dy!.producer!, () => this.#allGradients)
    joins.set(ofInputs, ([dy]) => this.#gradientsBy(dy!)[0])
    joins.set(sum, () => this.#gradients.at(-1)) // undefined, which leaves it as it is, if it comes before the other
    const ofOffset = offset && this.#uses.get(dy!)?.find(isColumnSum)
    if (ofOffset)
      joins.set(ofOffset, ([dy]) => reshape(this.#gradientsBy(dy!)[1]!, ofOffset.outputs[0]!.shape))
  }

  /** The gradients of W, b and R, from that of all steps. */
  #gradientsBy(dy: Value): readonly Value[] {
    if (this.#gradients.length > 0) return this.#gradients
    const [, second] = this.#layer.steps
    const { shape } = second!.inputs[0]!
    this.#rows[0] = this.#row(0, constant(new Float32Array(sizeOf(shape)), 'float32', shape))
    const widths = [this.#weight!.shape[1]!, ...(this.#offset ? [1] : []), shape[1]!]
    this.#gradients = split(gemm(dy, concat(this.#rows), { transA: true }), widths, { axis: 1 })
    return this.#gradients
  }
}

/** The node that puts matrices below each other, `count` of one shape, that are `whole` then. */
function rowOf(whole: Value, count: number): Node | undefined {
  const row = beforeReshape(whole).producer
  if (row?.op !== concatOperator || (row.attrs.axis ?? 0) !== 0 || row.inputs.length !== count)
    return undefined
  const [rows, width] = whole.shape as [number, number]
  const isStep = (step: Value | undefined) => sameShape(beforeReshape(step!).shape, [rows / count, width])
  return row.inputs.every(isStep) ? row : undefined
}

function beforeReshape(value: Value): Value {
  const { op, inputs } = value.producer ?? {}
  return op === reshapeOperator ? beforeReshape(inputs![0]!) : value
}

/** The node that gives the sum of just these terms, added up in any order. */
function sumOf(terms: readonly Node[], uses: Uses): Node | undefined {
  const open = new Set(terms.map(({ outputs }) => outputs[0]!))
  for (const value of open) {
    const sum = onlyUser(value, uses, addOperator)
    if (!sum?.inputs.every((term) => open.has(term!))) continue
    for (const term of sum.inputs) open.delete(term!)
    open.add(sum.outputs[0]!)
  }
  const [sum, ...others] = open
  return others.length === 0 ? sum?.producer : undefined
}
