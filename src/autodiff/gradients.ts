import { broadcastAxes, ensure, GradusError, isFloat, sameShape } from '../core/index.ts'
import { constant, describeNode, type Node, sortedNodes, type Value, withScope } from '../graph/index.ts'
import { add, expand, reshape, sum } from '../ops/index.ts'

/**
 * The gradients of `y` with respect to `wrt`, as values of the same graph; they can be differentiated again.
 *
 * @param y any floating-point value; unless it is a scalar, give `seed`, the vector of the vector-Jacobian product.
 * @param wrt floating-point values of any shape; zeros come back for those that `y` does not depend on.
 * @param seed the gradient that arrives at `y`, of its shape; 1 by default.
 * @returns one value per element of `wrt`, of its dtype and shape.
 * @throws naming the operator and its layer path, if a gradient on the way cannot be had.
 */
export function gradients(y: Value, wrt: readonly Value[], seed?: Value): Value[] {
  ensure(isFloat(y.dtype), `cannot differentiate ${y}: only floating-point values have gradients`)
  ensure(
    seed !== undefined || y.rank === 0,
    `cannot differentiate ${y} without a seed: it is not a scalar`,
    'sum it',
  )
  if (seed) ensure(sameShape(seed.shape, y.shape), `the seed is ${seed}, expected the shape of ${y}`)
  for (const value of wrt) ensure(isFloat(value.dtype), `${value} has no gradient: it does not hold floats`)

  const nodes = sortedNodes([y])
  const active = dependents(nodes, wrt)
  const grads = new Map<Value, Value>([[y, seed ?? constant(1, y.dtype)]])
  for (const node of nodes.reverse()) {
    if (!node.outputs.some((value) => active.has(value) && grads.has(value))) continue
    const found = withScope(node.scope, () => nodeGradients(node, grads))
    node.inputs.forEach((value, i) => {
      const grad = found[i]
      if (!value || !grad || !active.has(value)) return
      const known = grads.get(value)
      grads.set(value, known ? add(known, grad) : grad)
    })
  }
  return wrt.map((value) => expand(grads.get(value) ?? constant(0, value.dtype), value.shape))
}

/** The values among `nodes`' outputs that depend on `wrt`, and `wrt` themselves. */
function dependents(nodes: readonly Node[], wrt: readonly Value[]): Set<Value> {
  const active = new Set(wrt)
  for (const node of nodes) {
    const depends = node.inputs.some((value) => value && active.has(value))
    if (depends && node.op.grad !== 'zero') for (const value of node.outputs) active.add(value)
  }
  return active
}

/** The gradients of a node's inputs, each summed to at most its input's shape. */
function nodeGradients(node: Node, grads: ReadonlyMap<Value, Value>): (Value | undefined)[] {
  const { grad, expand: define } = node.op
  if (grad === 'zero') return []
  if (grad === 'none') {
    throw new GradusError(`no gradient for ${describeNode(node)}`, [
      `inputs: ${node.inputs.map((value) => value ?? 'none').join('; ')}`,
      'stop the gradient before it, or freeze what comes earlier',
    ])
  }
  const dys = node.outputs.map((value) => {
    const dy = grads.get(value)
    // Element-wise rules broadcast by themselves; all others may rely on the full shape.
    return dy && (node.op.elementwise ? dy : expand(dy, value.shape))
  })
  if (grad === 'expand') return throughDefinition(node, define!(node.inputs, node.attrs), dys)
  const first = node.outputs[0]!
  const dy = dys[0] ?? expand(constant(0, first.dtype), first.shape)
  return grad(dy, { ...node, dys }).map((value, i) => value && sumTo(value, node.inputs[i]!))
}

/** Differentiates what an operator stands for. */
function throughDefinition(
  node: Node,
  outputs: readonly Value[],
  dys: readonly (Value | undefined)[],
): Value[] {
  const total = node.inputs.map(() => undefined) as (Value | undefined)[]
  const wrt = node.inputs.filter((value): value is Value => value !== undefined && isFloat(value.dtype))
  outputs.forEach((output, i) => {
    if (!dys[i]) return
    const parts = gradients(output, wrt, dys[i])
    parts.forEach((part, j) => {
      const at = node.inputs.indexOf(wrt[j])
      const known = total[at]
      total[at] = known ? add(known, part) : part
    })
  })
  return total as Value[]
}

/** Undoes broadcasting: sums `grad` over the axes along which `value` was repeated. */
function sumTo(grad: Value, value: Value): Value {
  const axes = broadcastAxes(value.shape, grad.shape)
  if (axes.length === 0) return grad
  const summed = sum(grad, { axes, keepDims: true })
  return summed.rank > value.rank ? reshape(summed, summed.shape.slice(summed.rank - value.rank)) : summed
}
