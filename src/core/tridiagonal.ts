import { GradusError } from './errors.ts'

/** A symmetric matrix taken apart: Q T Q', T with `diagonal` and `beside` it. */
export interface Tridiagonal {
  /** [n] */
  readonly diagonal: Float64Array
  /** Element i stands between i and i + 1; the last is 0. [n] */
  readonly beside: Float64Array
  /** Row i is column i of Q. [n, n] */
  readonly rows: Float64Array
}

/** Reflections after which it is told how far it is: of 3,000 numbers, some take a quarter of a second. */
const WATCHED = 8

/**
 * Makes a symmetric matrix tridiagonal by reflections (Householder), which works on rows of its upper half alone.
 * @param a [n, n]; is overwritten.
 * @param watch is told from time to time which share of the work is done.
 * Source: Golub and Van Loan, Matrix Computations, 8.3.1.
 */
export function tridiagonalize(
  a: Float64Array,
  n: number,
  watch: (done: number) => void = () => {},
): Tridiagonal {
  const diagonal = new Float64Array(n)
  const beside = new Float64Array(n)
  const factors = new Float64Array(n)
  const product = new Float64Array(n)
  for (let k = 0; k < n - 1; k++) {
    diagonal[k] = a[k * n + k]!
    const v = a.subarray(k * n, (k + 1) * n) // from k + 1 on: the row, then the reflection that makes it one number
    const { factor, result } = reflection(v, k + 1)
    beside[k] = result
    factors[k] = factor
    if (factor !== 0) reflectBothSides(a, n, k + 1, v, factor, product)
    // What is left is a cube in n - k; multiplying out, as much again.
    if (k % WATCHED === 0) watch((1 - (1 - k / n) ** 3) / 2)
  }
  diagonal[n - 1] = a[n * n - 1]!
  return { diagonal, beside, rows: rowsOf(a, n, factors, watch) }
}

/** Turns the vector from `start` on into v, so that (1 - factor v v') x has only its first element, `result`. */
function reflection(v: Float64Array, start: number): { factor: number; result: number } {
  let largest = 0
  for (let i = start + 1; i < v.length; i++) largest = Math.max(largest, Math.abs(v[i]!))
  const first = v[start]!
  if (largest === 0) return { factor: 0, result: first }
  const scale = Math.max(largest, Math.abs(first))
  let squares = 0
  for (let i = start; i < v.length; i++) squares += (v[i]! / scale) ** 2
  const length = scale * Math.sqrt(squares)
  const result = first > 0 ? -length : length
  for (let i = start + 1; i < v.length; i++) v[i]! /= first - result
  v[start] = 1
  return { factor: (result - first) / result, result }
}

/** A <- H A H for the part of A from `start` on, of which only the upper half is looked at. */
function reflectBothSides(
  a: Float64Array,
  n: number,
  start: number,
  v: Float64Array,
  factor: number,
  product: Float64Array,
): void {
  product.fill(0, start)
  for (let i = start; i < n; i++) product[i]! += timesRow(a, i * n, n, i, v, product)
  let dot = 0
  for (let i = start; i < n; i++) dot += product[i]! * v[i]!
  const half = (factor * factor * dot) / 2
  for (let i = start; i < n; i++) product[i] = factor * product[i]! - half * v[i]!
  for (let i = start; i < n; i++) subtractRow(a, i * n, n, i, v, product)
}

/** Adds row i of the upper half times v[i] to `sums` beyond i; returns the row times v. */
function timesRow(
  a: Float64Array,
  row: number,
  n: number,
  i: number,
  v: Float64Array,
  sums: Float64Array,
): number {
  const vi = v[i]!
  let dot = a[row + i]! * vi
  for (let j = i + 1; j < n; j++) {
    const x = a[row + j]!
    dot += x * v[j]!
    sums[j]! += x * vi
  }
  return dot
}

function subtractRow(
  a: Float64Array,
  row: number,
  n: number,
  i: number,
  v: Float64Array,
  w: Float64Array,
): void {
  const [vi, wi] = [v[i]!, w[i]!]
  for (let j = i; j < n; j++) a[row + j]! -= vi * w[j]! + wi * v[j]!
}

/** Multiplies the reflections out, last ones first: each touches only what the later ones have filled. */
function rowsOf(
  a: Float64Array,
  n: number,
  factors: Float64Array,
  watch: (done: number) => void,
): Float64Array {
  const q = new Float64Array(n * n)
  for (let i = 0; i < n; i++) q[i * n + i] = 1
  for (let k = n - 2; k >= 0; k--) {
    const factor = factors[k]!
    if (factor === 0) continue
    const v = a.subarray(k * n, (k + 1) * n)
    for (let i = k + 1; i < n; i++) reflectRow(q, i * n, n, k + 1, v, factor)
    if (k % WATCHED === 0) watch((1 + (1 - k / n) ** 3) / 2)
  }
  return q
}

function reflectRow(
  q: Float64Array,
  row: number,
  n: number,
  start: number,
  v: Float64Array,
  factor: number,
): void {
  let dot = 0
  for (let j = start; j < n; j++) dot += q[row + j]! * v[j]!
  dot *= factor
  for (let j = start; j < n; j++) q[row + j]! -= dot * v[j]!
}

/** Columns that are rotated together: as many numbers as lie in a line of the cache. */
const PANEL = 8
/** Rotations that are collected before the vectors are rotated: then each panel is fetched once for many of them. */
const COLLECTED = 2 ** 16
/** More sweeps per eigenvalue than any matrix needs: two are usual. */
const SWEEPS = 60

/**
 * Eigenvalues of a tridiagonal matrix, in no order, into its `diagonal`; `beside` becomes 0, and each of `rows` the
 * eigenvector of the matrix that they came from. By the QL algorithm with implicit shifts.
 * @param watch is told from time to time which share of the work is done.
 * @throws if it does not come to an end, which no finite matrix has been seen to do.
 * Source: Golub and Van Loan, Matrix Computations, 8.3.5.
 */
export function diagonalize(
  { diagonal: d, beside: e, rows }: Tridiagonal,
  watch: (done: number) => void = () => {},
): void {
  const n = d.length
  const panels = panelsOf(rows, n)
  const log = new RotationLog(n)
  const size = d.reduce((most, x, i) => Math.max(most, Math.abs(x) + Math.abs(e[i]!)), 0)
  for (let low = 0; low < n; low++) {
    for (let sweep = 0; ; sweep++) {
      const high = blockEnd(d, e, low, size)
      if (high === low) break
      if (sweep === SWEEPS) throw new GradusError('symmetricEigen: no end after many sweeps')
      sweepDown(d, e, low, high, log)
      if (log.length <= COLLECTED) continue
      log.applyTo(panels)
      watch(1 - (1 - low / n) ** 2)
    }
  }
  log.applyTo(panels)
  panels.forEach((panel, p) => {
    const width = Math.min(PANEL, n - p * PANEL)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < width; j++) rows[i * n + p * PANEL + j] = panel[i * PANEL + j]!
  })
}

/**
 * The last row of the block that begins at `low`: what stands beside it is lost beside the largest numbers, whose rounding
 * it has taken part in.
 */
function blockEnd(d: Float64Array, e: Float64Array, low: number, size: number): number {
  for (let m = low; m < d.length - 1; m++) {
    if (Math.abs(e[m]!) > Number.EPSILON * size) continue
    e[m] = 0
    return m
  }
  return d.length - 1
}

/** One QL step on the block low .. high, with Wilkinson's shift; notes its rotations of rows i and i + 1, from high down. */
function sweepDown(d: Float64Array, e: Float64Array, low: number, high: number, log: RotationLog): void {
  const slope = (d[low + 1]! - d[low]!) / (2 * e[low]!)
  const root = Math.hypot(slope, 1)
  let g = d[high]! - d[low]! + e[low]! / (slope + (slope >= 0 ? root : -root))
  let [s, c, p] = [1, 1, 0]
  for (let i = high - 1; i >= low; i--) {
    const f = s * e[i]!
    const b = c * e[i]!
    const r = Math.hypot(f, g)
    e[i + 1] = r
    if (r === 0) {
      // The block falls apart here: the rest of the step has nothing to do.
      d[i + 1]! -= p
      e[high] = 0
      log.end(high, i + 1)
      return
    }
    s = f / r
    c = g / r
    const middle = d[i + 1]! - p
    const t = (d[i]! - middle) * s + 2 * c * b
    p = s * t
    d[i + 1] = middle + p
    g = c * t - b
    log.add(c, s)
  }
  d[low]! -= p
  e[low] = g
  e[high] = 0
  log.end(high, low)
}

/** Rows [n, n] as panels of some columns each: [n, PANEL], the last filled with zeros. */
function panelsOf(rows: Float64Array, n: number): Float64Array[] {
  return Array.from({ length: Math.ceil(n / PANEL) }, (_, p) => {
    const panel = new Float64Array(n * PANEL)
    const start = p * PANEL
    for (let i = 0; i < n; i++)
      panel.set(rows.subarray(i * n + start, i * n + Math.min(start + PANEL, n)), i * PANEL)
    return panel
  })
}

/** Rotations of neighboring rows, in chains from a row downward. */
class RotationLog {
  length = 0
  /** Cosine and sine of each. */
  readonly #turns: Float64Array
  #chains: { readonly high: number; readonly low: number; readonly start: number }[] = []
  #start = 0

  constructor(n: number) {
    this.#turns = new Float64Array(2 * (COLLECTED + n))
  }

  add(cosine: number, sine: number): void {
    this.#turns[2 * this.length] = cosine
    this.#turns[2 * this.length + 1] = sine
    this.length++
  }

  /** Ends a chain: what was added since the last turned rows high - 1 and high first, low and low + 1 last. */
  end(high: number, low: number): void {
    this.#chains.push({ high, low, start: this.#start })
    this.#start = this.length
  }

  applyTo(panels: readonly Float64Array[]): void {
    for (const panel of panels)
      for (const { high, low, start } of this.#chains) {
        rotateHalf(panel, high, low, this.#turns, 2 * start, 0)
        rotateHalf(panel, high, low, this.#turns, 2 * start, PANEL / 2)
      }
    this.length = 0
    this.#start = 0
    this.#chains = []
  }
}

/** Turns rows of four columns of a panel; the row that two turns share stays in registers. */
function rotateHalf(
  panel: Float64Array,
  high: number,
  low: number,
  turns: Float64Array,
  start: number,
  column: number,
): void {
  let at = high * PANEL + column
  let z0 = panel[at]!
  let z1 = panel[at + 1]!
  let z2 = panel[at + 2]!
  let z3 = panel[at + 3]!
  for (let i = high - 1, turn = start; i >= low; i--, turn += 2, at -= PANEL) {
    const c = turns[turn]!
    const s = turns[turn + 1]!
    const h0 = panel[at - 8]!
    const h1 = panel[at - 7]!
    const h2 = panel[at - 6]!
    const h3 = panel[at - 5]!
    panel[at] = s * h0 + c * z0
    panel[at + 1] = s * h1 + c * z1
    panel[at + 2] = s * h2 + c * z2
    panel[at + 3] = s * h3 + c * z3
    z0 = c * h0 - s * z0
    z1 = c * h1 - s * z1
    z2 = c * h2 - s * z2
    z3 = c * h3 - s * z3
  }
  panel[at] = z0
  panel[at + 1] = z1
  panel[at + 2] = z2
  panel[at + 3] = z3
}
