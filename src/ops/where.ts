import { GradusError } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { broadcastOf } from './broadcast.ts'
import { apply, defineOperator, expectSameDType, lift, type Operand } from './define.ts'

const whereOperator = defineOperator<[condition: Value, a: Value, b: Value]>({
  type: 'Where',
  doc: 'a where the condition holds, else b.',
  attributes: {},
  infer([condition, a, b]) {
    if (condition.dtype !== 'bool') throw new GradusError(`expected a bool condition, got ${condition.dtype}`)
    expectSameDType(a, b)
    return [{ dtype: a.dtype, shape: broadcastOf(condition, a, b) }]
  },
  elementwise: ([condition, a, b]) => `(${condition}?${a}:${b})`,
  grad: (dy, { inputs: [condition] }) => [undefined, where(condition, dy, 0), where(condition, 0, dy)],
})

/** `a` where `condition` holds, else `b`; all three broadcast. */
export function where(condition: Value, a: Operand, b: Operand): Value {
  return apply(whereOperator, [condition, ...lift(a, b)], {})
}
