import { normalizeAxis } from '../core/index.ts'
import type { GradRule, Value } from '../graph/index.ts'
import { mul, sub } from './binary.ts'
import { apply, defineOperator, expectFloat } from './define.ts'
import { sum } from './reduce.ts'
import { exp } from './unary.ts'

type Rule = GradRule<[x: Value], { axis?: number }>

function alongAxis(type: string, doc: string, grad: Rule) {
  const op = defineOperator<[x: Value], { axis?: number }>({
    type,
    doc,
    attributes: { axis: 'int' },
    infer([x], { axis = -1 }) {
      expectFloat(x)
      normalizeAxis(axis, x.rank)
      return [{ dtype: x.dtype, shape: x.shape }]
    },
    grad,
  })
  return (x: Value, axis = -1): Value => apply(op, [x], { axis })
}

/** e^x divided by its sum along the axis (default last), without overflow. */
export const softmax = alongAxis('Softmax', 'e^x / sum e^x.', (dy, { outputs, attrs: { axis = -1 } }) => {
  const y = outputs[0]!
  return [mul(y, sub(dy, sum(mul(dy, y), { axes: axis, keepDims: true })))]
})

/** ln softmax(x) along the axis (default last): x - ln sum e^x, exact where softmax underflows. */
export const logSoftmax = alongAxis('LogSoftmax', 'ln softmax.', (dy, { outputs, attrs: { axis = -1 } }) => [
  sub(dy, mul(exp(outputs[0]!), sum(dy, { axes: axis, keepDims: true }))),
])
