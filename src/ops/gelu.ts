import { ensure } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { add, mul, sub } from './binary.ts'
import { apply, defineOperator, expectFloat } from './define.ts'
import { erf, exp, tanh } from './unary.ts'

/** `none`: by the error function; `tanh`: the approximation that GPT-2 uses. */
export type GeluForm = 'none' | 'tanh'

// An operator of its own, so that lowering knows that the result lies within 0 and 1.
const halfErfOperator = defineOperator<[u: Value]>({
  type: 'HalfErf',
  domain: 'gradus',
  doc: '(1 + erf(u)) / 2: the probability that a normal number of variance 1/2 is below u.',
  attributes: {},
  float64: false,
  infer([u]) {
    expectFloat(u)
    return [{ dtype: u.dtype, shape: u.shape }]
  },
  expand: ([u]) => [mul(add(erf(u), 1), 0.5)],
  grad: 'expand',
})

/** (1 + erf(u)) / 2. */
export const halfErf = (u: Value): Value => apply(halfErfOperator, [u], {})

/** d/dx x P(x) = P(x) + x p(x), with the normal distribution and its density, in as few passes as it takes. */
function exactSlope(x: Value): Value {
  const u = mul(x, Math.SQRT1_2)
  const density = exp(sub(-Math.log(2 * Math.PI) / 2, mul(u, u)))
  return add(halfErf(u), mul(x, density))
}

const CUBIC = 0.044715
const STEEPNESS = Math.sqrt(2 / Math.PI)

/** The derivative of x (1 + tanh u) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3). */
function tanhSlope(x: Value): Value {
  const square = mul(x, x)
  const t = tanh(mul(mul(x, STEEPNESS), add(mul(square, CUBIC), 1)))
  const du = mul(add(mul(square, 3 * CUBIC), 1), STEEPNESS)
  return mul(add(add(t, 1), mul(mul(x, du), sub(1, mul(t, t)))), 0.5)
}

const geluOperator = defineOperator<[x: Value], { approximate?: string }>({
  type: 'Gelu',
  doc: 'x times the probability that a standard normal number is below x.',
  attributes: { approximate: 'string' },
  float64: false,
  infer([x], { approximate = 'none' }) {
    expectFloat(x)
    ensure(
      approximate === 'none' || approximate === 'tanh',
      `approximate "${approximate}" is neither none nor tanh`,
    )
    return [{ dtype: x.dtype, shape: x.shape }]
  },
  grad: (dy, { inputs: [x], attrs: { approximate } }) => [
    mul(dy, approximate === 'tanh' ? tanhSlope(x) : exactSlope(x)),
  ],
})

/** Gaussian error linear unit (Hendrycks and Gimpel, 2016), exact by default. */
export const gelu = (x: Value, approximate: GeluForm = 'none'): Value =>
  apply(geluOperator, [x], { approximate })
