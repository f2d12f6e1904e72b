import { ensure, ensureKnownOptions } from '../../core/index.ts'
import { backtracking, strongWolfe } from './line-search.ts'
import { defineMinimizer } from './minimizer.ts'
import { dot, negated, norm, type Objective, type Point, plus } from './objective.ts'

/** The largest problem whose second derivatives are computed in full: a product for each of 1,024 numbers. */
const LARGEST = 1024

/**
 * Newton's method with all second derivatives: to the lowest point of the parabola that fits the function here, so a
 * quadratic function takes one step. Where the function is not convex, a multiple of the identity is added until it is.
 * For problems of up to 1,024 numbers; beyond that {@link newtonCg}.
 */
export const newton = defineMinimizer(
  'newton',
  () => ({
    start(size) {
      ensure(
        size <= LARGEST,
        `newton: expected a function of at most ${LARGEST} numbers, got ${size}`,
        'use newtonCg(), which needs no matrix, or lbfgs()',
      )
      return {
        search: backtracking,
        async direction(at, objective) {
          const hessian = await hessianAt(at.x, objective)
          return { along: negated(solveConvex(hessian, at.gradient)), first: 1 }
        },
      }
    },
  }),
  {
    doc: "Newton's method with all second derivatives, for small problems.",
    source: 'Nocedal and Wright, Numerical optimization (chapter 3), 2006',
    examples: [{ name: 'defaults', args: [] }],
  },
)

/** The matrix of second derivatives, row by row. */
async function hessianAt(x: Float64Array, objective: Objective): Promise<Float64Array[]> {
  const rows: Float64Array[] = []
  for (let i = 0; i < x.length; i++) {
    const unit = new Float64Array(x.length)
    unit[i] = 1
    rows.push(await objective.hessianVector(x, unit))
  }
  return rows
}

/** Solves `(H + shift) x = b` with the smallest shift, of a growing series from 0, that makes the matrix positive. */
function solveConvex(hessian: readonly Float64Array[], b: Float64Array): Float64Array {
  const size = Math.max(...hessian.map((row, i) => Math.abs(row[i]!)), 1e-12)
  for (let shift = 0; ; shift = Math.max(10 * shift, 1e-4 * size)) {
    ensure(Number.isFinite(shift), 'newton: the second derivatives are not finite')
    const factor = choleskyOf(hessian, shift)
    if (factor) return solveWith(factor, b)
  }
}

/** The lower triangle L with `L L' = H + shift`; undefined if that is not positive. */
function choleskyOf(hessian: readonly Float64Array[], shift: number): Float64Array[] | undefined {
  const lower: Float64Array[] = []
  for (const [i, source] of hessian.entries()) {
    const row = new Float64Array(i + 1)
    for (let j = 0; j <= i; j++) {
      let rest = (source[j]! + hessian[j]![i]!) / 2 // symmetric but for rounding
      const other = j < i ? lower[j]! : row
      for (let k = 0; k < j; k++) rest -= row[k]! * other[k]!
      if (j < i) row[j] = rest / other[j]!
      else {
        rest += shift
        if (!(rest > 1e-12 * Math.abs(source[i]!))) return undefined
        row[i] = Math.sqrt(rest)
      }
    }
    lower.push(row)
  }
  return lower
}

/** Solves `L L' x = b`. */
function solveWith(lower: readonly Float64Array[], b: Float64Array): Float64Array {
  const x = b.slice()
  for (let i = 0; i < x.length; i++) {
    const row = lower[i]!
    for (let k = 0; k < i; k++) x[i]! -= row[k]! * x[k]!
    x[i]! /= row[i]!
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i]! -= lower[k]![i]! * x[k]!
    x[i]! /= lower[i]![i]!
  }
  return x
}

export interface NewtonCgOptions {
  /** Products with the second derivatives in a step, at least 1. Default: 100. */
  readonly maxProducts?: number
}

/**
 * Newton's method for larger problems: the direction is found by conjugate gradients, which need only products with the
 * second derivatives, and as exactly as the distance from the minimum deserves. Directions of negative curvature end the
 * search for it.
 */
export const newtonCg = defineMinimizer(
  'newtonCg',
  (options: NewtonCgOptions = {}) => {
    ensureKnownOptions('newtonCg', options, ['maxProducts'])
    const { maxProducts = 100 } = options
    ensure(
      Number.isInteger(maxProducts) && maxProducts > 0,
      `newtonCg: expected a whole number of products (\`maxProducts\`), at least 1, got ${maxProducts}`,
    )
    return {
      start: () => ({
        search: strongWolfe,
        direction: async (at, objective) => ({
          along: await conjugateGradients(at, objective, maxProducts),
          first: 1,
        }),
      }),
    }
  },
  {
    doc: "Newton's method through products with the second derivatives and conjugate gradients.",
    source: 'Nocedal and Wright, Numerical optimization (algorithm 7.1), 2006',
    examples: [{ name: 'defaults', args: [] }],
  },
)

/** An approximate solution of `H d = -gradient`; the steepest descent if the curvature along that is not positive. */
async function conjugateGradients(
  { x, gradient }: Point,
  objective: Objective,
  most: number,
): Promise<Float64Array> {
  const size = norm(gradient)
  const goal = Math.min(0.5, Math.sqrt(size)) * size
  let found: Float64Array = new Float64Array(x.length)
  let rest = negated(gradient)
  let along = rest
  for (let i = 0; i < most; i++) {
    const product = await objective.hessianVector(x, along)
    const curvature = dot(along, product)
    if (!(curvature > 1e-14 * dot(along, along))) return i === 0 ? negated(gradient) : found
    const length = dot(rest, rest) / curvature
    found = plus(found, along, length)
    const next = plus(rest, product, -length)
    if (norm(next) <= goal) break
    along = plus(next, along, dot(next, next) / dot(rest, rest))
    rest = next
  }
  return found
}
