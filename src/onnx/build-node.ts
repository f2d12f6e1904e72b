import { ensure, GradusError, type Tensor, tensor } from '../core/index.ts'
import { type AttributeKind, type Attributes, type Inputs, Value, withScope } from '../graph/index.ts'
import { applyAll, findOperator } from '../ops/index.ts'
import { decodeAttribute } from './attributes.ts'
import { SCOPE_SEPARATOR } from './format.ts'
import type { NodeProto } from './onnx_pb.ts'
import { describeNodeProto, operatorName } from './support.ts'

/**
 * The outputs of a node, in the layer path that its name tells.
 * @throws naming the node, if its inputs or attributes do not fit its operator.
 */
export function buildNode(node: NodeProto, inputs: Inputs): readonly Value[] {
  const what = `${operatorName(node)} ${describeNodeProto(node)}`
  const outputs = evaluate(node, inputs, what)
  ensure(
    node.output.length <= outputs.length,
    `${what} has ${node.output.length} outputs, Gradus computes ${outputs.length}`,
  )
  return outputs
}

function evaluate(node: NodeProto, inputs: Inputs, what: string): readonly Value[] {
  const type = operatorName(node)
  if (type === 'Constant') return [namedConstant(node.output[0] ?? '', constantOf(node, what))]
  if (type !== 'Identity') return applied(node, inputs, what)
  ensure(inputs[0], `${what} has no input`)
  return [inputs[0]]
}

/** A constant that keeps the name that it has in the file. */
export function namedConstant(name: string, data: Tensor): Value {
  return new Value({ dtype: data.dtype, shape: data.shape }, { data, name })
}

function applied(node: NodeProto, inputs: Inputs, what: string): readonly Value[] {
  const op = findOperator(node.opType, node.domain)
  const kinds = op.attributes as Readonly<Record<string, AttributeKind>>
  const attrs: Attributes = Object.fromEntries(
    node.attribute.map((attribute) => [
      attribute.name,
      decodeAttribute(attribute, kinds[attribute.name]!, what),
    ]),
  )
  try {
    return withScope(scopeOf(node.name), () => applyAll(op, inputs, attrs))
  } catch (cause) {
    throw misfit(cause as Error, node, inputs, attrs)
  }
}

/** The error for a node that its operator does not accept. */
function misfit(cause: Error, node: NodeProto, inputs: Inputs, attrs: Attributes): GradusError {
  const name = describeNodeProto(node)
  if (cause instanceof GradusError) {
    return new GradusError(`node ${name}: ${cause.message.split('\n', 1)[0]}`, cause.notes, { cause })
  }
  // A shape rule tripped over an input or attribute that the file should have given.
  const notes = [
    `inputs: ${inputs.map((value) => value ?? 'none').join('; ') || 'none'}`,
    `attributes: ${Object.keys(attrs).join(', ') || 'none'}`,
  ]
  return new GradusError(`node ${name} does not fit ${operatorName(node)}: ${cause.message}`, notes, {
    cause,
  })
}

/** `layer1.0.conv1` of `layer1.0.conv1/Conv_12`. */
function scopeOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf(SCOPE_SEPARATOR)))
}

/** The numbers that a Constant node gives, in one of several attributes. */
function constantOf({ attribute }: NodeProto, what: string): Tensor {
  const [held] = attribute
  ensure(held && attribute.length === 1, `${what} must have one attribute, it has ${attribute.length}`)
  const kind = constantKinds.get(held.name)
  ensure(
    kind,
    `${what} holds "${held.name}", which is not supported`,
    `supported: ${[...constantKinds.keys()].join(', ')}`,
  )
  const value = decodeAttribute(held, kind, what)
  if (typeof value === 'object' && 'dtype' in value) return value
  const dtype = kind.startsWith('int') ? 'int64' : 'float32'
  return Array.isArray(value) ? tensor(value, [value.length], dtype) : tensor([value as number], [], dtype)
}

const constantKinds: ReadonlyMap<string, AttributeKind> = new Map([
  ['value', 'tensor'],
  ['value_int', 'int'],
  ['value_ints', 'ints'],
  ['value_float', 'float'],
  ['value_floats', 'floats'],
])
