import type { GradRule, Operator, Value } from '../graph/index.ts'
import { apply, defineOperator, expectFloat } from './define.ts'

type Unary<A extends object> = Pick<Operator<[x: Value], A>, 'doc' | 'grad' | 'elementwise' | 'float64'>

/** Registers an operator of one floating-point tensor that keeps dtype and shape. */
export function unary<A extends object>(
  type: string,
  record: Unary<A> & { attributes?: Operator<[x: Value], A>['attributes'] },
): Operator<[x: Value], A> {
  return defineOperator<[x: Value], A>({
    type,
    attributes: {} as Operator<[x: Value], A>['attributes'],
    infer([x]) {
      expectFloat(x)
      return [{ dtype: x.dtype, shape: x.shape }]
    },
    ...record,
  })
}

/** A unary operator without attributes, and its builder. */
export function simple(
  type: string,
  doc: string,
  js: (x: string) => string,
  grad: GradRule<[x: Value], Record<never, never>> | 'zero' | 'none',
  float64 = true,
) {
  const op = unary(type, { doc, grad, float64, elementwise: ([x]) => js(x!) })
  return (x: Value): Value => apply(op, [x], {})
}
