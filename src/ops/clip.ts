import { ensure } from '../core/index.ts'
import { Value } from '../graph/index.ts'
import { greater, greaterOrEqual, less, lessOrEqual, logicalAnd } from './compare.ts'
import { apply, defineOperator, expectFloat, expectSameDType, type Operand, scalar } from './define.ts'
import { gate } from './gate.ts'
import { where } from './where.ts'

type Inputs = [x: Value, min?: Value, max?: Value]

const clipOperator = defineOperator<Inputs>({
  type: 'Clip',
  doc: 'x limited to [min, max].',
  attributes: {},
  infer([x, ...limits]) {
    expectFloat(x)
    expectSameDType(x, ...limits)
    for (const limit of limits) ensure(!limit || limit.rank === 0, `expected scalar limits, got ${limit}`)
    return [{ dtype: x.dtype, shape: x.shape }]
  },
  elementwise([x, min, max]) {
    const raised = min ? `Math.max(${x},${min})` : x!
    return max ? `Math.min(${raised},${max})` : raised
  },
  // At a limit the gradient goes to the limit, so x gets 0 there, as in PyTorch for constant limits.
  grad(dy, { inputs: [x, min, max], outputs: [y] }) {
    // The result lies between the limits where x does, and is kept for the next layer anyway.
    if ((min || max) && isFixed(min) && isFixed(max)) {
      return [gate(dy, y!, { above: min && numberOf(min), below: max && numberOf(max) })]
    }
    const inside = [min && greater(x, min), max && less(x, max)].filter((c) => c !== undefined)
    return [
      inside.length > 0 ? where(inside.reduce(logicalAnd), dy, 0) : dy,
      min && where(lessOrEqual(x, min), dy, 0),
      max && where(greaterOrEqual(x, max), dy, 0),
    ]
  },
})

const isFixed = (limit: Value | undefined) => !limit || limit.data !== undefined
const numberOf = ({ data }: Value) => Number(data!.data[0])

export interface ClipOptions {
  /** What smaller elements become: a number or a scalar (default: no limit). */
  min?: Operand
  /** What larger elements become; at least `min` (default: no limit). */
  max?: Operand
}

/** x limited to [min, max]; the gradient flows to x inside, and to the limit at the limit and beyond. */
export function clip(x: Value, { min, max }: ClipOptions): Value {
  const limit = (value: Operand | undefined) =>
    value === undefined || value instanceof Value ? value : scalar(value, x.dtype)
  ensure(
    typeof min !== 'number' || typeof max !== 'number' || min <= max,
    `Clip: expected min <= max, got ${min} and ${max}`,
  )
  return apply(clipOperator, [x, limit(min), limit(max)], {})
}
