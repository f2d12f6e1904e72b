import { formatShape, normalizeAxes, numbersOf, type Shape, sizeOf } from '../../core/index.ts'
import { constant, type Graph, type Node, rewrite, type Value } from '../../graph/index.ts'
import { concat, conv, findOperator, gemm, matmul, reshape, split, transpose } from '../../ops/index.ts'
import { onlyUser, usesOf } from './uses.ts'

const gemmOperator = findOperator('Gemm')
const [sumOperator, splitOperator] = [findOperator('ReduceSum'), findOperator('Split')]

/** Elements that fit no cache near a core. */
export const large = 2 ** 20
/** Columns from which on a product is made of them alone at no loss. */
export const wideEnough = 32
/** Rows to sum over from which on it pays to transpose a factor first. */
const tall = 1024
/** Numbers that are summed up so fast that it does not matter how. */
const fewSums = 2 ** 14

/** Matrix products of large matrices in the forms that ONNX Runtime does fastest. */
export function fastProducts(graph: Graph): Graph {
  const products = new Products(graph)
  return rewrite(graph, (node, inputs) => {
    const apart = products.columnsApart(node)
    if (apart) return apart
    const faster = products.replace(node, inputs as readonly Value[])
    return faster && [faster]
  })
}

/**
 * What becomes of the products of a graph. Values of the graph itself tell which products belong together; new ones are made of
 * what their operands have become.
 */
class Products {
  /** [x 1] for factors x that got a column of ones. */
  readonly #widened = new Map<Value, Value>()
  readonly #ones = new Map<string, Value>()
  /** Weights' gradients dyᵀ x, by dy, where the gradient of a bias is asked for, too. */
  readonly #weightGradients: ReadonlyMap<Value, Node>
  /** [x 1]ᵀ dy, by dy. */
  readonly #joint = new Map<Value, readonly Value[]>()

  /** Products of which only parts of columns are read, and what their inputs have become. */
  readonly #cut: ReadonlySet<Node>
  readonly #given = new Map<Node, readonly Value[]>()

  constructor(graph: Graph) {
    const { nodes } = graph
    const uses = usesOf(graph)
    this.#cut = new Set(
      nodes.filter((node) => isPlainProduct(node) && onlyUser(node.outputs[0]!, uses, splitOperator)),
    )
    const summed = new Set(nodes.filter(isColumnSum).map(({ inputs }) => inputs[0]))
    const gradients = nodes.filter((node) => isWeightGradient(node) && summed.has(node.inputs[0]))
    this.#weightGradients = new Map(gradients.map((node) => [node.inputs[0]!, node]))
  }

  /** What is cut out of a product column by column, made apart: products with some columns of the weight. */
  columnsApart({ op, attrs, inputs: [product], outputs }: Node): readonly Value[] | undefined {
    const node = product?.producer
    if (op !== splitOperator || !node || !this.#cut.has(node)) return undefined
    const given = this.#given.get(node)
    const sizes = outputs.map(({ shape }) => shape[1]!)
    const [axis] = normalizeAxes([Number(attrs.axis ?? 0)], 2)
    if (!given || axis !== 1 || Math.min(...sizes) < wideEnough || sizeOf(product.shape) < large)
      return undefined
    const transB = Boolean(node.attrs.transB)
    const [a, weight, bias] = isBiased(node) ? this.#withOnes(node, given) : given
    const weights = split(weight!, sizes, { axis: transB ? 0 : 1 })
    const biases = bias && split(reshape(bias, [sizeOf(bias.shape)]), sizes)
    return weights.map((part, i) => gemm(a!, part, { bias: biases?.[i], transB }))
  }

  replace(node: Node, inputs: readonly Value[]): Value | undefined {
    if (node.outputs[0]!.dtype !== 'float32') return undefined
    if (this.#cut.has(node)) this.#given.set(node, inputs)
    if (isColumnSum(node)) {
      const row = this.#jointGradients(node, inputs[0]!)?.[1] ?? this.#sumOfRows(inputs[0]!, node.outputs[0]!)
      return row && reshape(row, node.outputs[0]!.shape)
    }
    if (isWeightGradient(node)) {
      const isJoint = this.#weightGradients.get(node.inputs[0]!) === node
      const columns = isJoint ? this.#jointGradients(node, inputs[0]!)?.[0] : undefined
      return columns ? transpose(columns, [1, 0]) : withWideImage(inputs[0]!, inputs[1]!)
    }
    return isBiased(node) ? this.#withBiasAsWeight(node, inputs) : undefined
  }

  /**
   * x W + 1 b as one product of [x 1] and [W b]: a bias costs a pass over the result by a single thread, another column one over
   * x, which is narrower here.
   */
  #withBiasAsWeight(node: Node, inputs: readonly Value[]): Value {
    const [a, b] = this.#withOnes(node, inputs)
    return gemm(a, b, { transB: Boolean(node.attrs.transB) })
  }

  /** [x 1] and [W b]. */
  #withOnes(node: Node, [a, b, bias]: readonly Value[]): readonly [Value, Value] {
    const [rows] = a!.shape as [number, number]
    const transB = Boolean(node.attrs.transB)
    const widened = this.#widened.get(node.inputs[0]!) ?? concat([a!, this.#onesOf([rows, 1])], { axis: 1 })
    this.#widened.set(node.inputs[0]!, widened)
    const width = sizeOf(bias!.shape)
    const offset = reshape(bias!, transB ? [width, 1] : [1, width])
    return [widened, concat([b!, offset], { axis: transB ? 1 : 0 })]
  }

  /** A row of ones times the rows, which takes a third of the time of ReduceSum. */
  #sumOfRows(x: Value, { shape }: Value): Value | undefined {
    const [size, width] = [sizeOf(x.shape), sizeOf(shape)]
    if (size < fewSums || width < 2) return undefined
    return matmul(this.#onesOf([1, size / width]), reshape(x, [size / width, width]))
  }

  /** Ones, of which a graph has one constant of each shape. */
  #onesOf(shape: Shape): Value {
    const key = formatShape(shape)
    const ones = this.#ones.get(key) ?? constant(new Float32Array(sizeOf(shape)).fill(1), 'float32', shape)
    this.#ones.set(key, ones)
    return ones
  }

  /** The gradients of a weight, transposed, and of its bias in one product, [K, N] and [1, N]; undefined if that does not pay. */
  #jointGradients({ inputs: [key] }: Node, dy: Value): readonly Value[] | undefined {
    const x = this.#weightGradients.get(key!)?.inputs[1]
    const widened = x && this.#widened.get(x)
    if (!widened || dy.shape[0]! < tall) return undefined
    const known = this.#joint.get(key!) ?? split(imageProduct(dy, widened), [x.shape[1]!, 1])
    this.#joint.set(key!, known)
    return known
  }
}

/** dyᵀ x. */
export const isWeightGradient = ({ op, attrs, inputs }: Node): boolean =>
  op === gemmOperator && !inputs[2] && (attrs.alpha ?? 1) === 1 && Boolean(attrs.transA) && !attrs.transB

/** The sum over all axes but the last, or the last few: that of the rows of a matrix. */
export function isColumnSum({ op, inputs: [x, axes] }: Node): boolean {
  if (op !== sumOperator || !axes?.data) return false
  const summed = normalizeAxes(numbersOf(axes.data), x!.rank)
  return summed.length > 0 && summed.length < x!.rank && summed.every((axis, i) => axis === i)
}

/** Whether a node is a product a b or a bᵀ, plus something or not. */
export const isProduct = ({ op, attrs: { alpha = 1, beta = 1, transA = 0 } }: Node): boolean =>
  op === gemmOperator && alpha === 1 && beta === 1 && !transA

/** Whether a value is a number for each of so many columns. */
export const isOffset = ({ shape }: Value, width: number): boolean =>
  sizeOf(shape) === width && shape.at(-1) === width

/** Whether a node is a product, plus nothing else than a number for each column. */
const isPlainProduct = (node: Node): boolean =>
  isProduct(node) && (!node.inputs[2] || isOffset(node.inputs[2], node.outputs[0]!.shape[1]!))

/** Whether a product has a bias for each column, and a result that is large, and wide beside what it is made of. */
function isBiased(node: Node): boolean {
  const { inputs, outputs } = node
  const [a, , bias] = inputs
  const [y] = outputs
  if (!bias || !isProduct(node)) return false
  const width = y!.shape[1]!
  return isOffset(bias, width) && width >= 2 * a!.shape[1]! && sizeOf(y!.shape) >= large
}

/** aᵀ b with the wider factor as it lies, where that pays: Gemm reads a across its rows. */
function withWideImage(a: Value, b: Value): Value | undefined {
  const [rows, m, n] = [a.shape[0]!, a.shape[1]!, b.shape[1]!]
  if (rows < tall || Math.max(m, n) < 4 * Math.min(m, n)) return undefined
  return n > m ? imageProduct(b, a) : transpose(imageProduct(a, b), [1, 0])
}

/** narrowᵀ wide, as a 1x1 convolution: wide is the image, and only the narrow factor is transposed. */
export function imageProduct(wide: Value, narrow: Value): Value {
  const [rows, width] = wide.shape as [number, number]
  const filters = narrow.shape[1]!
  const image = reshape(wide, [1, rows, width, 1])
  return reshape(conv(image, reshape(transpose(narrow, [1, 0]), [filters, rows, 1, 1])), [filters, width])
}
