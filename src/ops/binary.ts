import type { GradRule, Value } from '../graph/index.ts'
import { broadcastOf } from './broadcast.ts'
import { equal, greater, less } from './compare.ts'
import { apply, defineOperator, expectSameDType, expectTwo, lift, type Operand } from './define.ts'
import { log, neg } from './unary.ts'
import { where } from './where.ts'

type Pair = [a: Value, b: Value]

/** A broadcasting operator of two operands of one dtype, and its builder. */
function binary(
  type: string,
  doc: string,
  js: (a: string, b: string) => string,
  grad: GradRule<Pair, Record<never, never>>,
) {
  const op = defineOperator<Pair>({
    type,
    doc,
    attributes: {},
    infer(inputs) {
      expectTwo(inputs)
      expectSameDType(...inputs)
      return [{ dtype: inputs[0].dtype, shape: broadcastOf(...inputs) }]
    },
    elementwise: ([a, b]) => js(a!, b!),
    grad,
  })
  return (a: Operand, b: Operand): Value => apply(op, lift(a, b), {})
}

/** a + b */
export const add = binary(
  'Add',
  'Sum of two tensors.',
  (a, b) => `${a}+${b}`,
  (dy) => [dy, dy],
)
/** a - b */
export const sub = binary(
  'Sub',
  'Difference of two tensors.',
  (a, b) => `${a}-${b}`,
  (dy) => [dy, neg(dy)],
)
/** a b */
export const mul = binary(
  'Mul',
  'Product of two tensors.',
  (a, b) => `${a}*${b}`,
  (dy, { inputs: [a, b] }) => [mul(dy, b), mul(dy, a)],
)
/** a / b */
export const div = binary(
  'Div',
  'Quotient of two tensors.',
  (a, b) => `${a}/${b}`,
  (dy, { inputs: [, b], outputs: [y] }) => [div(dy, b), neg(mul(dy, div(y!, b)))],
)
/** a^b; the gradient of b is 0 where a is 0, as in PyTorch. */
export const pow = binary(
  'Pow',
  'Power.',
  (a, b) => `Math.pow(${a},${b})`,
  (dy, { inputs: [a, b], outputs: [y] }) => [
    where(equal(b, 0), 0, mul(dy, mul(b, pow(a, sub(b, 1))))),
    where(equal(a, 0), 0, mul(dy, mul(y!, log(where(equal(a, 0), 1, a))))),
  ],
)

/** Half of the gradient goes to either side of a tie, as in PyTorch. */
const share = (dy: Value, wins: Value, ties: Value) => where(wins, dy, where(ties, mul(dy, 0.5), 0))

function extremum(type: 'Max' | 'Min', doc: string, beats: (a: Operand, b: Operand) => Value) {
  return binary(
    type,
    doc,
    (a, b) => `Math.${type.toLowerCase()}(${a},${b})`,
    (dy, { inputs: [a, b] }) => [share(dy, beats(a, b), equal(a, b)), share(dy, beats(b, a), equal(a, b))],
  )
}

/** The larger of a and b. */
export const maximum = extremum('Max', 'Element-wise maximum of two tensors.', greater)
/** The smaller of a and b. */
export const minimum = extremum('Min', 'Element-wise minimum of two tensors.', less)
