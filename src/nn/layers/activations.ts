import { ensure, unknownName } from '../../core/index.ts'
import * as ops from '../../ops/index.ts'
import { defineLayer } from '../layer.ts'

/** max(x, 0): the one to start with. */
export const relu = defineLayer('relu', () => ({ forward: (x) => ops.relu(x) }))

/** x where x >= 0, else `slope` x (default 0.01): no unit dies. */
export const leakyRelu = defineLayer('leakyRelu', (slope: number = 0.01) => {
  ensure(Number.isFinite(slope), `leakyRelu: expected a finite slope, got ${slope}`)
  return { forward: (x) => ops.leakyRelu(x, slope) }
})

/** 1 / (1 + e^-x): for outputs and gates; in the middle of a deep net it saturates and is not centered at 0. */
export const sigmoid = defineLayer('sigmoid', () => ({ forward: (x) => ops.sigmoid(x) }))

/** Hyperbolic tangent; saturates. */
export const tanh = defineLayer('tanh', () => ({ forward: (x) => ops.tanh(x) }))

/**
 * x times the probability that a standard normal number is below x.
 * @param approximate `'none'` (default) by the error function, `'tanh'` by the approximation of GPT-2.
 * Source: Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.
 */
export const gelu = defineLayer('gelu', (approximate: 'none' | 'tanh' = 'none') => {
  const forms = ['none', 'tanh']
  if (!forms.includes(approximate)) throw unknownName('gelu', approximate, forms)
  return { forward: (x) => ops.gelu(x, approximate) }
})

/** x / (1 + e^-x), also called swish. */
export const silu = defineLayer('silu', () => ({ forward: (x) => ops.mul(x, ops.sigmoid(x)) }))
