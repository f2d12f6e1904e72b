import { gradients } from '../autodiff/index.ts'
import { isFloat, sameShape } from '../core/index.ts'
import { constant, sortedNodes, type Value } from '../graph/index.ts'
import type { LayerCall } from '../nn/index.ts'
import { abs, cast, expand, less, mean } from '../ops/index.ts'

/** Less than this is almost no slope: tanh beyond +-2.2, the logistic sigmoid beyond +-2.9. */
const SATURATED_SLOPE = 0.05

/**
 * The share of elements at which a layer passes almost no gradient, as a float32 scalar of the graph. Undefined unless the
 * layer is made of operators that are known as element-wise, and is not a straight line: so it is for most activations, under
 * whatever name.
 */
export function saturatedShare({ input: x, output: y }: LayerCall): Value | undefined {
  if (!isFloat(x.dtype) || !isFloat(y.dtype) || !sameShape(x.shape, y.shape)) return undefined
  const way = wayFrom(x, y)
  if (way.length === 0 || way.some((node) => !node.op.elementwise)) return undefined
  const [slope] = gradients(y, [x], expand(constant(1, y.dtype), y.shape))
  if (wayFrom(x, slope!).length === 0) return undefined
  return mean(cast(less(abs(slope!), SATURATED_SLOPE), 'float32'))
}

/** The nodes that lead from `x` to `y`; none if `y` does not depend on `x`. */
function wayFrom(x: Value, y: Value) {
  const reached = new Set([x])
  return sortedNodes([y]).filter(({ inputs, outputs }) => {
    if (!inputs.some((value) => value && reached.has(value))) return false
    for (const value of outputs) reached.add(value)
    return true
  })
}
