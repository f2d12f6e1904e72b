/** Operators as methods of `Value`, for expressions that read from left to right; imported for its effect. */
import type { DType, Shape } from '../core/index.ts'
import { Value } from '../graph/index.ts'
import { add, div, mul, pow, sub } from './binary.ts'
import { cast } from './cast.ts'
import type { Operand } from './define.ts'
import { matmul } from './matmul.ts'
import { max, mean, min, type ReduceOptions, sum } from './reduce.ts'
import { reshape, transpose } from './shape.ts'
import { abs, exp, log, neg, relu, sigmoid, sqrt, tanh } from './unary.ts'

interface ValueMethods {
  /** this + other */
  add(other: Operand): Value
  /** this - other */
  sub(other: Operand): Value
  /** this * other, element by element */
  mul(other: Operand): Value
  /** this / other */
  div(other: Operand): Value
  /** this ^ exponent */
  pow(exponent: Operand): Value
  neg(): Value
  abs(): Value
  exp(): Value
  /** Natural logarithm. */
  log(): Value
  sqrt(): Value
  tanh(): Value
  sigmoid(): Value
  relu(): Value
  /** Sum over the axes (all by default). */
  sum(options?: ReduceOptions): Value
  /** Mean over the axes (all by default). */
  mean(options?: ReduceOptions): Value
  /** Largest element over the axes (all by default). */
  max(options?: ReduceOptions): Value
  /** Smallest element over the axes (all by default). */
  min(options?: ReduceOptions): Value
  /** The same elements in another shape; one size may be -1. */
  reshape(shape: Shape): Value
  /** Axes in another order; reversed by default. */
  transpose(perm?: readonly number[]): Value
  /** Matrix product. */
  matmul(other: Value): Value
  cast(dtype: DType): Value
}

declare module '../graph/value.ts' {
  interface Value extends ValueMethods {}
}

/** The functions behind the methods: `x.f(...args)` is `f(x, ...args)`. */
const methods: {
  readonly [K in keyof ValueMethods]: (x: Value, ...args: Parameters<ValueMethods[K]>) => Value
} = {
  add,
  sub,
  mul,
  div,
  pow,
  neg,
  abs,
  exp,
  log,
  sqrt,
  tanh,
  sigmoid,
  relu,
  sum,
  mean,
  max,
  min,
  reshape,
  transpose,
  matmul,
  cast,
}

for (const [name, apply] of Object.entries(methods)) {
  Object.defineProperty(Value.prototype, name, {
    value(this: Value, ...args: unknown[]) {
      return (apply as (x: Value, ...rest: unknown[]) => Value)(this, ...args)
    },
  })
}
