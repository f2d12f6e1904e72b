import type { Value } from '../graph/index.ts'
import { div, mul, sub } from './binary.ts'
import { greater } from './compare.ts'
import { apply } from './define.ts'
import { simple, unary } from './define-unary.ts'
import { gate } from './gate.ts'
import { where } from './where.ts'

const half = (x: Value) => mul(x, 0.5)
const y = (node: { outputs: readonly Value[] }) => node.outputs[0]!

/** -x */
export const neg = simple(
  'Neg',
  'Negation.',
  (x) => `-${x}`,
  (dy) => [neg(dy)],
)
/** |x|; gradient 0 at 0, as in PyTorch. */
export const abs = simple(
  'Abs',
  'Absolute value.',
  (x) => `Math.abs(${x})`,
  (dy, { inputs: [x] }) => [mul(dy, sign(x))],
)
/** -1, 0 or 1 */
export const sign = simple('Sign', 'Sign: -1, 0 or 1.', (x) => `Math.sign(${x})`, 'zero')
/** e^x */
export const exp = simple(
  'Exp',
  'Exponential.',
  (x) => `Math.exp(${x})`,
  (dy, n) => [mul(dy, y(n))],
)
/** Natural logarithm. */
export const log = simple(
  'Log',
  'Natural logarithm.',
  (x) => `Math.log(${x})`,
  (dy, { inputs: [x] }) => [div(dy, x)],
)
export const sqrt = simple(
  'Sqrt',
  'Square root.',
  (x) => `Math.sqrt(${x})`,
  (dy, n) => [div(half(dy), y(n))],
)
/** 1/x */
export const reciprocal = simple(
  'Reciprocal',
  '1/x.',
  (x) => `1/${x}`,
  (dy, n) => [neg(mul(dy, mul(y(n), y(n))))],
)
export const sin = simple(
  'Sin',
  'Sine, x in radians.',
  (x) => `Math.sin(${x})`,
  (dy, { inputs: [x] }) => [mul(dy, cos(x))],
)
export const cos = simple(
  'Cos',
  'Cosine, x in radians.',
  (x) => `Math.cos(${x})`,
  (dy, { inputs: [x] }) => [neg(mul(dy, sin(x)))],
)
export const floor = simple('Floor', 'Largest integer not above x.', (x) => `Math.floor(${x})`, 'zero')
export const ceil = simple('Ceil', 'Smallest integer not below x.', (x) => `Math.ceil(${x})`, 'zero')
export const tanh = simple(
  'Tanh',
  'Hyperbolic tangent.',
  (x) => `Math.tanh(${x})`,
  (dy, n) => [mul(dy, sub(1, mul(y(n), y(n))))],
)
/** 1 / (1 + e^-x) */
export const sigmoid = simple(
  'Sigmoid',
  'Logistic function.',
  (x) => `1/(1+Math.exp(-${x}))`,
  (dy, n) => [mul(dy, mul(y(n), sub(1, y(n))))],
)
/** max(x, 0); gradient 0 at 0, as in PyTorch. */
export const relu = simple(
  'Relu',
  'max(x, 0).',
  (x) => `Math.max(${x},0)`,
  (dy, n) => [gate(dy, y(n), { above: 0 })],
)
/** ln(1 + e^x). */
export const softplus = simple(
  'Softplus',
  'ln(1 + e^x).',
  (x) => `Math.max(${x},0)+Math.log1p(Math.exp(-Math.abs(${x})))`,
  (dy, { inputs: [x] }) => [mul(dy, sigmoid(x))],
  false,
)
const erfOperator = unary('Erf', {
  doc: 'Gauss error function.',
  float64: false,
  grad: (dy, { inputs: [x] }) => [mul(dy, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI)))],
})
/** Gauss error function. */
export const erf = (x: Value): Value => apply(erfOperator, [x], {})

const leakyReluOperator = unary<{ alpha?: number }>('LeakyRelu', {
  doc: 'x where x >= 0, else alpha x.',
  attributes: { alpha: 'float' },
  float64: false,
  elementwise: ([x], { alpha = 0.01 }) => `(${x}>=0?${x}:${alpha}*${x})`,
  // PyTorch gives the slope of the negative side at 0.
  grad: (dy, { inputs: [x], attrs: { alpha = 0.01 } }) => [where(greater(x, 0), dy, mul(dy, alpha))],
})
/** x where x >= 0, else `alpha` x (default 0.01). */
export const leakyRelu = (x: Value, alpha = 0.01): Value => apply(leakyReluOperator, [x], { alpha })
