import { ensure, formatShape, sameShape } from '../core/index.ts'
import type { Value, ValueInfo } from '../graph/index.ts'
import { add, mul, sub } from './binary.ts'
import { applyAll, defineOperator, expectFloat, expectSameDType } from './define.ts'
import { sigmoid, tanh } from './unary.ts'

// What passes through a gate again and again, as in recurrent layers, is small, and each operator costs more than its
// arithmetic. With the product at hand, its gradients take fewer of them than those of its factors one by one.

type Inputs = [gate: Value, x: Value]

function inferGated([gate, x]: Inputs): ValueInfo {
  expectFloat(x)
  expectSameDType(gate, x)
  ensure(
    sameShape(gate.shape, x.shape),
    `expected a gate of the shape ${formatShape(x.shape)}, got ${formatShape(gate.shape)}`,
  )
  return { dtype: x.dtype, shape: x.shape }
}

const sumOf = (terms: readonly (Value | undefined)[]): Value | undefined => {
  const present = terms.filter((term) => term !== undefined)
  return present.length > 0 ? present.reduce(add) : undefined
}

const gatedOperator = defineOperator<Inputs>({
  type: 'Gated',
  domain: 'gradus',
  doc: 'sigmoid(gate) x, and sigmoid(gate).',
  attributes: {},
  infer: (inputs) => [inferGated(inputs), inferGated(inputs)],
  expand([gate, x]) {
    const open = sigmoid(gate)
    return [mul(open, x), open]
  },
  // d/dgate = x s (1 - s) = y (1 - s).
  grad(_dy, { outputs: [y, open], dys: [dy, dOpen] }) {
    const shut = sub(1, open!)
    return [
      sumOf([dy && mul(mul(dy, y!), shut), dOpen && mul(dOpen, mul(open!, shut))]),
      dy && mul(dy, open!),
    ]
  },
})

const gatedTanhOperator = defineOperator<Inputs>({
  type: 'GatedTanh',
  domain: 'gradus',
  doc: 'sigmoid(gate) tanh(x), sigmoid(gate) and tanh(x).',
  attributes: {},
  infer: (inputs) => [inferGated(inputs), inferGated(inputs), inferGated(inputs)],
  expand([gate, x]) {
    const [open, t] = [sigmoid(gate), tanh(x)]
    return [mul(open, t), open, t]
  },
  // d/dgate = t s (1 - s) = y (1 - s), and d/dx = s (1 - t^2) = s - y t.
  grad(_dy, { outputs: [y, open, t], dys: [dy, dOpen, dT] }) {
    const shut = sub(1, open!)
    return [
      sumOf([dy && mul(mul(dy, y!), shut), dOpen && mul(dOpen, mul(open!, shut))]),
      sumOf([dy && mul(dy, sub(open!, mul(y!, t!))), dT && mul(dT, sub(1, mul(t!, t!)))]),
    ]
  },
})

/** sigmoid(gate) x, for values of one shape. */
export const gated = (gate: Value, x: Value): Value => applyAll(gatedOperator, [gate, x], {})[0]!

/** sigmoid(gate) tanh(x), for values of one shape. */
export const gatedTanh = (gate: Value, x: Value): Value => applyAll(gatedTanhOperator, [gate, x], {})[0]!
