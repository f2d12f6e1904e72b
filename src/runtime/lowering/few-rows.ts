import { sizeOf } from '../../core/index.ts'
import { type Graph, type Node, rewrite, type Value } from '../../graph/index.ts'
import { apply, concat, findOperator, gemm, reshape, split, sum, transpose } from '../../ops/index.ts'
import { isColumnSum, isOffset, isProduct, isWeightGradient } from './products.ts'
import { isCut, isMultiplication, TurnGroups } from './turn-groups.ts'

const [concatOperator, splitOperator] = [findOperator('Concat'), findOperator('Split')]

/** Products from which on it pays to transpose a factor once, instead of in each. */
const many = 4

/**
 * Products x Wᵀ of few rows and a wide weight, made as W xᵀ: the right factor of a product is packed before, which here is the
 * smaller one then. Their results, and what is made of them element by element, lie with a sample in each column; so do the
 * gradients, whose products with weights and for weights take either form.
 */
export function turnFewRows(graph: Graph): Graph {
  const groups = new TurnGroups(graph)
  const turning = groups.thatPay()
  if (turning.size === 0) return graph
  const turner = new Turner(turning, groups)
  return rewrite(graph, (node, inputs) => turner.replace(node, inputs as readonly Value[]))
}

/** Makes the graph with some matrices turned. */
class Turner {
  readonly #turning: ReadonlySet<Value>
  readonly #groups: TurnGroups
  /** The turned form of matrices of the graph as it was. */
  readonly #turned = new Map<Value, Value>()
  /** Factors of many products, transposed. */
  readonly #weights = new Map<Value, Value>()
  /** What the inputs of nodes have become. */
  readonly #given = new Map<Node, readonly Value[]>()

  constructor(turning: ReadonlySet<Value>, groups: TurnGroups) {
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

  /** The turned form of a matrix, if it has one: that of a stack is its turned parts beside each other. */
  #turnedOf(value: Value): Value | undefined {
    const turned =
      this.#turned.get(value) ??
      (this.#isTurnedStack(value) ? concat(this.#partsOf(value), { axis: 1 }) : undefined)
    if (turned) this.#turned.set(value, turned)
    return turned
  }

  /** The factors of a product as they lie, and whether that is turned beside how they are multiplied. */
  #factors(node: Node, inputs: readonly Value[]): [Factor, Factor] {
    const factor = (i: 0 | 1): Factor => {
      const isTurned = Boolean(i === 0 ? node.attrs.transA : node.attrs.transB)
      const turned = this.#turnedOf(node.inputs[i]!)
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
