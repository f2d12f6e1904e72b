import { ensure } from '../core/index.ts'
import { Value } from '../graph/index.ts'
import { greater, greaterOrEqual, less, lessOrEqual, logicalAnd } from './compare.ts'
import { apply, defineOperator, expectFloat, expectSameDType, type Operand, scalar } from './define.ts'
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
  // At a limit the gradient goes to x, as in PyTorch.
  grad(dy, { inputs: [x, min, max] }) {
    const inside = [min && greaterOrEqual(x, min), max && lessOrEqual(x, max)].filter((c) => c !== undefined)
    const below = min && where(less(x, min), dy, 0)
    const above = max && where(greater(x, max), dy, 0)
    return [inside.length > 0 ? where(inside.reduce(logicalAnd), dy, 0) : dy, below, above]
  },
})

export interface ClipOptions {
  /** What smaller elements become: a number or a scalar (default: no limit). */
  min?: Operand
  /** What larger elements become; at least `min` (default: no limit). */
  max?: Operand
}

/** x limited to [min, max]; at a limit the gradient flows to x, beyond it to the limit. */
export function clip(x: Value, { min, max }: ClipOptions): Value {
  const limit = (value: Operand | undefined) =>
    value === undefined || value instanceof Value ? value : scalar(value, x.dtype)
  ensure(
    typeof min !== 'number' || typeof max !== 'number' || min <= max,
    `Clip: expected min <= max, got ${min} and ${max}`,
  )
  return apply(clipOperator, [x, limit(min), limit(max)], {})
}
