import { ensure } from './errors.ts'
import { diagonalize, tridiagonalize } from './tridiagonal.ts'

/** Eigenvalues in falling order, and the eigenvector of each, of length 1. */
export interface Eigen {
  readonly values: Float64Array
  readonly vectors: readonly Float64Array[]
}

/** More sweeps than any matrix needs: convergence is quadratic, about ten are usual. */
const SWEEPS = 50

/** The largest matrix that Jacobi's method takes, in a few hundredths of a second. */
const SMALL = 100

/**
 * Eigenvalues and eigenvectors of a symmetric matrix [n, n]. Up to n = 100 by Jacobi's method, rotations that make one pair
 * of elements 0 after the other, which is exact to rounding also for the smallest eigenvalues; beyond, through a tridiagonal
 * matrix, whose errors are the rounding of the largest eigenvalue. The work grows with n^3: about 4 seconds for n = 1,000,
 * two minutes for n = 3,000.
 * The sign of a vector is free: here its largest element is positive.
 * @param watch is told from time to time which share of the work is done, of matrices for which that takes long.
 * @throws if the matrix is not symmetric, or not finite.
 * Source: Golub and Van Loan, Matrix Computations, 8.3 and 8.5.
 */
export function symmetricEigen(
  matrix: ArrayLike<number>,
  n: number,
  watch: (done: number) => void = () => {},
): Eigen {
  ensure(matrix.length === n * n, `symmetricEigen: expected ${n} x ${n} numbers, got ${matrix.length}`)
  const a = Float64Array.from(matrix)
  const sound = a.every((x, at) => Number.isFinite(x) && x === a[(at % n) * n + Math.floor(at / n)])
  ensure(sound, 'symmetricEigen: expected a symmetric matrix of finite numbers')
  const { values, rows } = n <= SMALL ? jacobi(a, n) : throughTridiagonal(a, n, watch)
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => values[j]! - values[i]!)
  return {
    values: Float64Array.from(order, (i) => values[i]!),
    vectors: order.map((i) => upright(rows.slice(i * n, (i + 1) * n))),
  }
}

/** Eigenvalues in no order, and the eigenvector of each as a row [n, n]. */
interface Unordered {
  readonly values: Float64Array
  readonly rows: Float64Array
}

/** Which share of the time the first of the two halves takes. */
const FIRST_HALF = 0.55

function throughTridiagonal(a: Float64Array, n: number, watch: (done: number) => void): Unordered {
  const parts = tridiagonalize(a, n, (done) => watch(FIRST_HALF * done))
  diagonalize(parts, (done) => watch(FIRST_HALF + (1 - FIRST_HALF) * done))
  return { values: parts.diagonal, rows: parts.rows }
}

function jacobi(a: Float64Array, n: number): Unordered {
  const rows = new Float64Array(n * n)
  for (let i = 0; i < n; i++) rows[i * n + i] = 1
  for (let sweep = 0; sweep < SWEEPS && offDiagonal(a, n) > 0; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, rows, n, p, q)
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), rows }
}

/** Sum of what is above the diagonal, where it is not lost beside the diagonal. */
function offDiagonal(a: Float64Array, n: number): number {
  let [off, size] = [0, 0]
  for (let p = 0; p < n; p++) {
    size += Math.abs(a[p * n + p]!)
    for (let q = p + 1; q < n; q++) off += Math.abs(a[p * n + q]!)
  }
  return off > size * 1e-17 ? off : 0
}

/** Makes a[p, q] 0; the rows of v are the eigenvectors so far. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!
  if (apq === 0) return
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq)
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q, c, s)
  for (let k = 0; k < n; k++) {
    turn(a, p * n + k, q * n + k, c, s)
    turn(v, p * n + k, q * n + k, c, s)
  }
  a[p * n + q] = 0
  a[q * n + p] = 0
}

function turn(x: Float64Array, i: number, j: number, c: number, s: number): void {
  const [xi, xj] = [x[i]!, x[j]!]
  x[i] = c * xi - s * xj
  x[j] = s * xi + c * xj
}

/** The same direction with its largest element positive. */
function upright(vector: Float64Array): Float64Array {
  const largest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0)
  return largest < 0 ? vector.map((value) => -value) : vector
}
