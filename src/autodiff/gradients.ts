import { broadcastAxes, ensure, GradusError, isFloat, type Shape, sameShape } from '../core/index.ts'
import { atScope, constant, describeNode, type Node, sortedNodes, type Value } from '../graph/index.ts'
import { add, expand, mul, reshape, sum } from '../ops/index.ts'

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
  ensure(seed || y.rank === 0, `cannot differentiate ${y} without a seed: it is not a scalar`, 'sum it')
  if (seed) ensure(sameShape(seed.shape, y.shape), `the seed is ${seed}, expected the shape of ${y}`)
  for (const value of wrt) ensure(isFloat(value.dtype), `${value} has no gradient: it does not hold floats`)
  const grads = reverse(new Map([[y, seed ?? constant(1, y.dtype)]]), new Set(wrt))
  return wrt.map((value) => expand(grads.get(value) ?? constant(0, value.dtype), value.shape))
}

/**
 * The reverse walk from values with known gradients (`seeds`) towards `wrt`.
 * With `partial`, nothing flows through one member of `wrt` to another: partial instead of total derivatives.
 */
function reverse(
  seeds: ReadonlyMap<Value, Value>,
  wrt: ReadonlySet<Value>,
  partial = false,
): ReadonlyMap<Value, Value> {
  const grads = new Map(seeds)
  const nodes = sortedNodes([...seeds.keys()]).filter(
    (node) => !partial || !node.outputs.some((value) => wrt.has(value)),
  )
  const active = dependents(nodes, wrt)
  for (const node of nodes.reverse()) {
    if (!node.outputs.some((value) => active.has(value) && grads.has(value))) continue
    const found = atScope(node.scope, () => nodeGradients(node, grads))
    node.inputs.forEach((value, i) => {
      const grad = found[i]
      if (!value || !grad || !active.has(value)) return
      const known = grads.get(value)
      grads.set(value, known ? add(known, grad) : grad)
    })
  }
  return grads
}

/** `wrt` and the outputs of `nodes` through which a gradient reaches them. */
function dependents(nodes: readonly Node[], wrt: ReadonlySet<Value>): ReadonlySet<Value> {
  const active = new Set(wrt)
  for (const node of nodes) {
    const depends = node.inputs.some((value) => value && active.has(value))
    if (!depends || node.op.grad === 'zero') continue
    for (const value of node.outputs) if (isFloat(value.dtype)) active.add(value)
  }
  return active
}

/** The gradients of a node's inputs; each broadcasts to its input's shape. */
function nodeGradients(node: Node, grads: ReadonlyMap<Value, Value>): readonly (Value | undefined)[] {
  const { grad } = node.op
  if (grad === 'zero') return []
  if (grad === 'none') {
    throw new GradusError(`no gradient for ${describeNode(node)}`, [
      `inputs: ${node.inputs.map((value) => value ?? 'none').join('; ')}`,
      'stop the gradient before it, or freeze what comes earlier',
    ])
  }
  if (grad === 'expand') return throughDefinition(node, grads)
  const dys = node.outputs.map((value) => {
    const dy = grads.get(value)
    // Element-wise rules broadcast by themselves; all others may rely on the full shape.
    return dy && (node.op.elementwise ? dy : expand(dy, value.shape))
  })
  const y = node.outputs[0]!
  const dy = dys[0] ?? expand(constant(0, y.dtype), y.shape)
  const context = { inputs: node.inputs, outputs: node.outputs, attrs: node.attrs, dys }
  const full = node.op.elementwise ? y.shape : undefined
  return grad(dy, context).map((value, i) => value && sumTo(value, node.inputs[i]!.shape, full))
}

/** Differentiates the definition of an operator in its place. */
function throughDefinition(node: Node, grads: ReadonlyMap<Value, Value>): readonly (Value | undefined)[] {
  const outputs = node.op.expand!(node.inputs, node.attrs)
  const seeds = new Map<Value, Value>()
  node.outputs.forEach((value, i) => {
    const dy = grads.get(value)
    if (dy) seeds.set(outputs[i]!, dy)
  })
  const wrt = new Set(node.inputs.filter((value) => value !== undefined && isFloat(value.dtype)))
  const found = reverse(seeds, wrt as ReadonlySet<Value>, true)
  // A value that is used as two inputs has one total, reported at the first.
  return node.inputs.map((value, i) =>
    value && node.inputs.indexOf(value) === i ? found.get(value) : undefined,
  )
}

/**
 * Undoes broadcasting: sums `grad` over the axes along which an input of shape `to` was repeated in the output.
 * Where `grad` itself is still to be broadcast to the output (`full`), the sum over that axis is a product.
 */
function sumTo(grad: Value, to: Shape, full: Shape = grad.shape): Value {
  const axes = broadcastAxes(to, grad.shape)
  const extra = grad.rank - to.length
  // Axes that the input lacks altogether go at once, without a reshape behind it.
  let result = axes.length > 0 ? sum(grad, { axes, keepDims: axes.length > extra }) : grad
  if (result.rank > to.length) result = reshape(result, result.shape.slice(extra))
  const repeats = broadcastAxes(to, full).reduce((product, axis) => {
    const own = grad.shape[axis - (full.length - grad.rank)] ?? 1
    return own === 1 ? product * full[axis]! : product
  }, 1)
  return repeats === 1 ? result : mul(result, repeats)
}
