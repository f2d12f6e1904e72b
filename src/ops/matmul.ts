import { broadcastShapes, ensure, formatShape, type Shape, sizeOf } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { apply, defineOperator, expectSameDType } from './define.ts'
import { gemm } from './gemm.ts'
import { reshape, transpose } from './shape.ts'

/** Vectors count as a row on the left and as a column on the right. */
const asRow = (shape: Shape) => (shape.length === 1 ? [1, ...shape] : shape)
const asColumn = (shape: Shape) => (shape.length === 1 ? [...shape, 1] : shape)

/** [..., M, N]: the product of the operands as stacks of matrices. */
function productShape(a: Shape, b: Shape): Shape {
  ensure(a.length > 0 && b.length > 0, 'expected vectors, matrices or stacks of matrices, got a scalar')
  const [left, right] = [asRow(a), asColumn(b)]
  const [inner, rows] = [left.at(-1)!, right.at(-2)!]
  ensure(
    inner === rows,
    `cannot multiply ${formatShape(a)} by ${formatShape(b)}: the inner sizes ${inner} and ${rows} differ`,
  )
  const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2))
  ensure(
    batch,
    `cannot multiply ${formatShape(a)} by ${formatShape(b)}: the axes before the last two do not broadcast`,
  )
  return [...batch, left.at(-2)!, right.at(-1)!]
}

const matmulOperator = defineOperator<[a: Value, b: Value]>({
  type: 'MatMul',
  doc: 'Matrix product, of stacks of matrices with broadcasting.',
  attributes: {},
  infer([a, b]) {
    expectSameDType(a, b)
    const shape = [...productShape(a.shape, b.shape)]
    if (b.rank === 1) shape.pop()
    if (a.rank === 1) shape.splice(b.rank === 1 ? -1 : -2, 1)
    return [{ dtype: a.dtype, shape }]
  },
  grad(dy, { inputs: [a, b] }) {
    const product = reshape(dy, productShape(a.shape, b.shape))
    const left = reshape(a, asRow(a.shape))
    const right = reshape(b, asColumn(b.shape))
    const da = timesTransposed(product, right)
    const db = right.rank === 2 ? summedProduct(left, product) : matmul(left, product, { transA: true })
    // A vector lacks the axis of size 1 that it was given; the walker drops it in front, not at the end.
    return [da, b.rank === 1 ? reshape(db, db.shape.slice(0, -1)) : db]
  },
})

const swapped = (axes: readonly number[]) => [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]
const lastTwoSwapped = (x: Value) => transpose(x, swapped(x.shape.map((_, i) => i)))
const asMatrix = (x: Value) => reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!])

/** dy bᵀ: one Gemm when b is a single matrix. */
function timesTransposed(dy: Value, b: Value): Value {
  if (b.rank > 2) return matmul(dy, b, { transB: true })
  return reshape(gemm(asMatrix(dy), b, { transB: true }), [...dy.shape.slice(0, -1), b.shape[0]!])
}

/** aᵀ dy summed over the stack, as one Gemm. */
const summedProduct = (a: Value, dy: Value) => gemm(asMatrix(a), asMatrix(dy), { transA: true })

interface TransposedAttrs {
  transA?: number
  transB?: number
}

// ONNX's MatMul takes no transposed operands, and its Gemm no stacks; ONNX Runtime has a kernel for both.
const transposedOperator = defineOperator<[a: Value, b: Value], TransposedAttrs>({
  type: 'TransposedMatMul',
  domain: 'gradus',
  doc: 'Matrix product of stacks, of which either may be read transposed.',
  attributes: { transA: 'int', transB: 'int' },
  infer([a, b], { transA, transB }) {
    expectSameDType(a, b)
    const least = Math.min(a.rank, b.rank)
    ensure(
      least >= 2,
      `expected matrices or stacks of matrices, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`,
    )
    const shape = productShape(transA ? swapped(a.shape) : a.shape, transB ? swapped(b.shape) : b.shape)
    return [{ dtype: a.dtype, shape }]
  },
  expand: ([a, b], { transA, transB }) => [
    matmul(transA ? lastTwoSwapped(a) : a, transB ? lastTwoSwapped(b) : b),
  ],
  grad(dy, { inputs: [a, b], attrs }) {
    const [transA, transB] = [Boolean(attrs.transA), Boolean(attrs.transB)]
    const da = transA ? matmul(b, dy, { transA: transB, transB: true }) : matmul(dy, b, { transB: !transB })
    const db = transB ? matmul(dy, a, { transA: true, transB: transA }) : matmul(a, dy, { transA: !transA })
    return [da, db]
  },
})

export interface MatmulOptions {
  /** Whether the last two axes of a are swapped first (default false); needs at least two. */
  transA?: boolean
  /** Whether the last two axes of b are swapped first (default false); needs at least two. */
  transB?: boolean
}

/**
 * Matrix product, as in NumPy: [..., M, K] by [..., K, N] gives [..., M, N], where the axes before the last two broadcast.
 * A vector on the left is a row, on the right a column, and the result lacks that axis.
 */
export function matmul(a: Value, b: Value, { transA = false, transB = false }: MatmulOptions = {}): Value {
  if (!transA && !transB) return apply(matmulOperator, [a, b], {})
  return apply(transposedOperator, [a, b], { transA: Number(transA), transB: Number(transB) })
}
