import { broadcastShapes, ensure, formatShape, sameShape } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { add, div, mul, sub } from './binary.ts'
import { greater, less, logicalAnd } from './compare.ts'
import { apply, defineOperator, expectFloat, expectSameDType } from './define.ts'
import { simple, unary } from './define-unary.ts'
import { abs, sigmoid, softplus, tanh } from './unary.ts'
import { where } from './where.ts'

const eluOperator = unary<{ alpha?: number }>('Elu', {
  doc: 'x where x >= 0, else alpha (e^x - 1).',
  attributes: { alpha: 'float' },
  float64: false,
  elementwise: ([x], { alpha = 1 }) => `(${x}>=0?${x}:${alpha}*Math.expm1(${x}))`,
  // On the negative side alpha e^x is y + alpha; PyTorch gives its slope at 0.
  grad: (dy, { inputs: [x], outputs: [y], attrs: { alpha = 1 } }) => [
    where(greater(x, 0), dy, mul(dy, add(y!, alpha))),
  ],
})
/** x where x >= 0, else `alpha` (e^x - 1) (default 1). */
export const elu = (x: Value, alpha = 1): Value => apply(eluOperator, [x], { alpha })

/** The two numbers of SELU: with them, mean 0 and variance 1 are a fixed point from layer to layer. */
const SELU = { alpha: 1.6732632423543772, gamma: 1.0507009873554805 } as const

const seluOperator = unary<{ alpha?: number; gamma?: number }>('Selu', {
  doc: 'gamma x where x >= 0, else gamma alpha (e^x - 1).',
  attributes: { alpha: 'float', gamma: 'float' },
  float64: false,
  elementwise: ([x], { alpha = SELU.alpha, gamma = SELU.gamma }) =>
    `${gamma}*(${x}>=0?${x}:${alpha}*Math.expm1(${x}))`,
  grad: (dy, { inputs: [x], outputs: [y], attrs: { alpha = SELU.alpha, gamma = SELU.gamma } }) => [
    where(greater(x, 0), mul(dy, gamma), mul(dy, add(y!, gamma * alpha))),
  ],
})
/** The scaled ELU of self-normalizing networks. */
export const selu = (x: Value): Value => apply(seluOperator, [x], { ...SELU })

const hardSigmoidOperator = unary<{ alpha?: number; beta?: number }>('HardSigmoid', {
  doc: 'alpha x + beta, limited to [0, 1].',
  attributes: { alpha: 'float', beta: 'float' },
  float64: false,
  elementwise: ([x], { alpha = 0.2, beta = 0.5 }) => `Math.min(Math.max(${alpha}*${x}+${beta},0),1)`,
  grad: (dy, { outputs: [y], attrs: { alpha = 0.2 } }) => [
    where(logicalAnd(greater(y!, 0), less(y!, 1)), mul(dy, alpha), 0),
  ],
})
/** x / 6 + 1/2, limited to [0, 1]: a sigmoid of straight lines. */
export const hardSigmoid = (x: Value): Value => apply(hardSigmoidOperator, [x], { alpha: 1 / 6, beta: 0.5 })

/** x times {@link hardSigmoid}(x). */
export const hardSwish = simple(
  'HardSwish',
  'x times (x / 6 + 1/2 limited to [0, 1]).',
  (x) => `${x}*Math.min(Math.max(${x}/6+0.5,0),1)`,
  (dy, { inputs: [x] }) => {
    const rising = where(less(x, 3), mul(dy, add(div(x, 3), 0.5)), dy)
    return [where(greater(x, -3), rising, 0)]
  },
  false,
)

/** x tanh(ln(1 + e^x)). */
export const mish = simple(
  'Mish',
  'x tanh(ln(1 + e^x)).',
  (x) => `${x}*Math.tanh(Math.max(${x},0)+Math.log1p(Math.exp(-Math.abs(${x}))))`,
  (dy, { inputs: [x] }) => {
    const t = tanh(softplus(x))
    return [mul(dy, add(t, mul(mul(x, sigmoid(x)), sub(1, mul(t, t)))))]
  },
  false,
)

/** x / (1 + |x|). */
export const softsign = simple(
  'Softsign',
  'x / (1 + |x|).',
  (x) => `${x}/(1+Math.abs(${x}))`,
  (dy, { inputs: [x] }) => {
    const size = add(abs(x), 1)
    return [div(dy, mul(size, size))]
  },
  false,
)

const preluOperator = defineOperator<[x: Value, slope: Value]>({
  type: 'PRelu',
  doc: 'x where x >= 0, else slope x.',
  attributes: {},
  float64: false,
  infer([x, slope]) {
    expectFloat(x)
    expectSameDType(x, slope)
    const both = broadcastShapes(x.shape, slope.shape)
    ensure(
      both && sameShape(both, x.shape),
      `expected slopes that broadcast to ${formatShape(x.shape)}, got ${formatShape(slope.shape)}`,
    )
    return [{ dtype: x.dtype, shape: x.shape }]
  },
  elementwise: ([x, slope]) => `(${x}>=0?${x}:${slope}*${x})`,
  // PyTorch gives the slope of the negative side at 0.
  grad: (dy, { inputs: [x, slope] }) => [
    where(greater(x, 0), dy, mul(dy, slope)),
    where(greater(x, 0), 0, mul(dy, x)),
  ],
})
/** x where x >= 0, else `slope` x, with slopes that broadcast to the shape of x. */
export const prelu = (x: Value, slope: Value): Value => apply(preluOperator, [x, slope], {})
