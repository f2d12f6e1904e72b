/** A function of several numbers to minimize; all vectors are of its length. */
export interface Objective {
  /** The value and the gradient at a point. */
  evaluate(x: Float64Array): Promise<Evaluation>
  /** The second derivatives at a point times a vector. */
  hessianVector(x: Float64Array, v: Float64Array): Promise<Float64Array>
}

export interface Evaluation {
  readonly value: number
  readonly gradient: Float64Array
}

/** A point with what is known there. */
export interface Point extends Evaluation {
  readonly x: Float64Array
}

export const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** The length of a vector. */
export const norm = (a: Float64Array): number => Math.sqrt(dot(a, a))

/** The largest absolute element. */
export const largest = (a: Float64Array): number => a.reduce((most, x) => Math.max(most, Math.abs(x)), 0)

/** a + scale b */
export const plus = (a: Float64Array, b: Float64Array, scale = 1): Float64Array =>
  a.map((x, i) => x + scale * b[i]!)

/** a - b */
export const minus = (a: Float64Array, b: Float64Array): Float64Array => plus(a, b, -1)

export const negated = (a: Float64Array): Float64Array => a.map((x) => -x)
