import { broadcastShapes, ensure, formatShape, sameShape } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { greater, less, logicalAnd } from './compare.ts'
import { apply, defineOperator, expectFloat, expectSameDType } from './define.ts'
import { where } from './where.ts'

/** Open limits; at least one of them. */
export interface Limits {
  readonly above?: number
  readonly below?: number
}

// An operator of its own, so that lowering can tell it from other uses of Where, whose unwanted side may be infinite.
const gateOperator = defineOperator<[dy: Value, x: Value], Limits>({
  type: 'Gate',
  domain: 'gradus',
  doc: 'dy where x lies between the limits, else 0: the gradient of what is cut off outside of them.',
  attributes: { above: 'float', below: 'float' },
  infer([dy, x], { above, below }) {
    expectFloat(x)
    expectSameDType(dy, x)
    const shape = broadcastShapes(dy.shape, x.shape)
    ensure(
      shape && sameShape(shape, x.shape),
      `expected a gradient that broadcasts to ${formatShape(x.shape)}, got ${formatShape(dy.shape)}`,
    )
    ensure(above !== undefined || below !== undefined, 'expected a limit')
    return [{ dtype: x.dtype, shape: x.shape }]
  },
  elementwise: ([dy, x], { above, below }) => {
    const tests = [above !== undefined && `${x}>${above}`, below !== undefined && `${x}<${below}`]
    return `(${tests.filter(Boolean).join('&&')}?${dy}:0)`
  },
  expand([dy, x], { above, below }) {
    const tests = [above !== undefined && greater(x, above), below !== undefined && less(x, below)]
    return [where(tests.filter((test) => test !== false).reduce(logicalAnd), dy, 0)]
  },
  grad: (ddy, { inputs: [, x], attrs }) => [gate(ddy, x, attrs), undefined],
})

/** dy where `above < x < below`, else 0. */
export const gate = (dy: Value, x: Value, limits: Limits): Value => apply(gateOperator, [dy, x], limits)
