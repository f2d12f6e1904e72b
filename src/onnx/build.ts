import { dtypeFromOnnx, ensure } from '../core/index.ts'
import { Graph, input, type Value } from '../graph/index.ts'
import { buildNode, namedConstant } from './build-node.ts'
import type { GraphProto, TensorShapeProto_Dimension, ValueInfoProto } from './onnx_pb.ts'
import { describeNodeProto, operatorName } from './support.ts'
import { decodeShape, decodeTensor } from './tensors.ts'

type Dims = Readonly<Record<string, number>> | number

/**
 * The graph that a file describes, whose operators and attributes are known to be supported.
 * @param dims sizes of the axes that the file leaves open, by name, or one for all.
 */
export function buildGraph(proto: GraphProto, dims: Dims): Graph {
  const values = new NamedValues()
  for (const tensor of proto.initializer) {
    const data = decodeTensor(tensor, `initializer "${tensor.name}"`)
    values.define(tensor.name, namedConstant(tensor.name, data))
  }
  // Before IR version 4, initializers had to be listed among the inputs as well.
  const inputs = proto.input.filter(({ name }) => !values.has(name)).map((info) => declared(info, dims))
  for (const value of inputs) values.define(value.name!, value)
  for (const node of proto.node) {
    const user = `${operatorName(node)} ${describeNodeProto(node)}`
    const inputs = node.input.map((name) => (name === '' ? undefined : values.get(name, user)))
    const results = buildNode(node, inputs)
    node.output.forEach((name, i) => {
      if (name !== '') values.define(name, results[i]!)
    })
  }
  const outputs = proto.output.map(({ name }) => [name, values.get(name, `output "${name}"`)] as const)
  const repeated = outputs.find(([name], i) => outputs.findIndex((other) => other[0] === name) < i)
  ensure(!repeated, `the model has two outputs called "${repeated?.[0]}"`)
  return new Graph(inputs, Object.fromEntries(outputs))
}

/** The values of a file by name; each is defined once, before it is used. */
class NamedValues {
  readonly #values = new Map<string, Value>()

  has(name: string): boolean {
    return this.#values.has(name)
  }

  define(name: string, value: Value): void {
    ensure(name !== '', `the file gives no name to ${value}`)
    ensure(!this.#values.has(name), `the file defines "${name}" twice`)
    this.#values.set(name, value)
  }

  get(name: string, user: string): Value {
    const value = this.#values.get(name)
    ensure(value, `${user} needs "${name}", which no input, initializer or earlier node gives`)
    return value
  }
}

/** An input as a file declares it. */
function declared({ name, type }: ValueInfoProto, dims: Dims): Value {
  const what = `input "${name}"`
  const of = type?.tensorType
  ensure(
    of,
    `${what} is not a tensor`,
    'sequences, maps, optional values and sparse tensors are not supported',
  )
  ensure(of.shape, `${what} has no shape`, 'save the model with the shapes of its inputs')
  const sizes = of.shape.dim.map((dim, axis) => sizeOfAxis(dim, dims, name, axis))
  return input(name, decodeShape(sizes, what), dtypeFromOnnx(of.elemType, what))
}

/** The size of an input's axis: from the file, or else from `dims`. */
function sizeOfAxis({ value }: TensorShapeProto_Dimension, dims: Dims, name: string, axis: number): number {
  if (value.case === 'dimValue') return Number(value.value)
  if (typeof dims === 'number') return dims
  const key = value.value || `${name}.${axis}`
  ensure(
    Object.hasOwn(dims, key),
    `the file leaves the size "${key}" of input "${name}" open (axis ${axis})`,
    `say what it is: readOnnx(bytes, { dims: { ${JSON.stringify(key)}: 1 } })`,
  )
  return dims[key]!
}
