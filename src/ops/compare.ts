import { GradusError } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { broadcastOf } from './broadcast.ts'
import { apply, defineOperator, expectSameDType, expectTwo, lift, type Operand } from './define.ts'

function comparison(type: string, doc: string, js: string) {
  const op = defineOperator<[a: Value, b: Value]>({
    type,
    doc,
    attributes: {},
    infer(inputs) {
      expectTwo(inputs)
      expectSameDType(...inputs)
      return [{ dtype: 'bool', shape: broadcastOf(...inputs) }]
    },
    elementwise: ([a, b]) => `(${a}${js}${b})`,
    grad: 'zero',
  })
  return (a: Operand, b: Operand): Value => apply(op, lift(a, b), {})
}

export const equal = comparison('Equal', 'Whether a = b.', '===')
export const greater = comparison('Greater', 'Whether a > b.', '>')
export const greaterOrEqual = comparison('GreaterOrEqual', 'Whether a >= b.', '>=')
export const less = comparison('Less', 'Whether a < b.', '<')
export const lessOrEqual = comparison('LessOrEqual', 'Whether a <= b.', '<=')

function logical(type: string, doc: string, js: string) {
  const op = defineOperator<[a: Value, b: Value]>({
    type,
    doc,
    attributes: {},
    infer(inputs) {
      expectTwo(inputs)
      for (const value of inputs) {
        if (value.dtype !== 'bool') throw new GradusError(`expected bool, got ${value.dtype}`)
      }
      return [{ dtype: 'bool', shape: broadcastOf(...inputs) }]
    },
    elementwise: ([a, b]) => `(${a}${js}${b})`,
    grad: 'zero',
  })
  return (a: Value, b: Value): Value => apply(op, [a, b], {})
}

export const logicalAnd = logical('And', 'Whether a and b.', '&&')
export const logicalOr = logical('Or', 'Whether a or b or both.', '||')

const notOperator = defineOperator<[x: Value]>({
  type: 'Not',
  doc: 'Whether not x.',
  attributes: {},
  infer([x]) {
    if (x.dtype !== 'bool') throw new GradusError(`expected bool, got ${x.dtype}`)
    return [{ dtype: 'bool', shape: x.shape }]
  },
  elementwise: ([x]) => `!${x}`,
  grad: 'zero',
})
export const logicalNot = (x: Value): Value => apply(notOperator, [x], {})
