import { broadcastShapes, ensure, formatShape, sameShape } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { mul } from './binary.ts'
import { apply, defineOperator, expectFloat, expectRank, expectSameDType } from './define.ts'

type Inputs = [a: Value, b: Value, c?: Value]
interface Attrs {
  alpha?: number
  beta?: number
  transA?: number
  transB?: number
}

const gemmOperator = defineOperator<Inputs, Attrs>({
  type: 'Gemm',
  doc: 'alpha A B + beta C for matrices, either of which may be transposed.',
  attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
  infer([a, b, c], { transA, transB }) {
    expectSameDType(a, b, c)
    expectFloat(a)
    expectRank(a, 2, transA ? '[K, M]' : '[M, K]')
    expectRank(b, 2, transB ? '[N, K]' : '[K, N]')
    const [m, inner] = transA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!]
    const [n, rows] = transB ? [b.shape[0]!, b.shape[1]!] : [b.shape[1]!, b.shape[0]!]
    ensure(
      inner === rows,
      `cannot multiply ${formatShape([m, inner])} by ${formatShape([rows, n])}: the inner sizes differ`,
      ...(transA || transB ? ['shapes after transposition'] : []),
    )
    const shape = [m, n]
    ensure(
      !c || sameShape(broadcastShapes(c.shape, shape) ?? [], shape),
      `a bias ${c && formatShape(c.shape)} does not broadcast to the product ${formatShape(shape)}`,
    )
    return [{ dtype: a.dtype, shape }]
  },
  grad(dy, { inputs: [a, b, c], attrs: { alpha = 1, beta = 1, transA = 0, transB = 0 } }) {
    const [isA, isB] = [transA !== 0, transB !== 0]
    const da = isA ? gemm(b, dy, { alpha, transA: isB, transB: true }) : gemm(dy, b, { alpha, transB: !isB })
    const db = isB ? gemm(dy, a, { alpha, transA: true, transB: isA }) : gemm(a, dy, { alpha, transA: !isA })
    return [da, db, c && (beta === 1 ? dy : mul(dy, beta))]
  },
})

export interface GemmOptions {
  /** Added to the product; broadcasts to [M, N]. */
  bias?: Value
  /** Factor of the product (default 1). */
  alpha?: number
  /** Factor of the bias (default 1). */
  beta?: number
  /** Whether a comes as [K, M] (default false). */
  transA?: boolean
  /** Whether b comes as [N, K] (default false). */
  transB?: boolean
}

/** alpha a b + beta bias, for matrices a [M, K] and b [K, N]. */
export function gemm(a: Value, b: Value, { bias, ...options }: GemmOptions = {}): Value {
  const { alpha = 1, beta = 1, transA = false, transB = false } = options
  const attrs = { alpha, beta, transA: Number(transA), transB: Number(transB) }
  return apply(gemmOperator, bias ? [a, b, bias] : [a, b], attrs)
}
