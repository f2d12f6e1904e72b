import { ensure } from '../core/index.ts'
import type { GraphProto, TensorProto, ValueInfoProto } from './onnx_pb.ts'
import { metadataOf, NOT_ONNX, parse, sizeInBytes } from './parse.ts'
import { operatorName } from './support.ts'

/** An input or output as a file declares it; an axis whose size it leaves open has a name instead, or `?`. */
export interface OnnxPort {
  readonly name: string
  readonly dtype: string
  /** Absent if the file does not say, or if it is no tensor. */
  readonly shape?: readonly (number | string)[]
}

/** What stands in an ONNX file, whether or not Gradus can make a graph of it. */
export interface OnnxListing {
  readonly producer: { readonly name: string; readonly version: string }
  /** The versions of the operators by domain; ONNX's own domain is `''`. */
  readonly opsets: Readonly<Record<string, number>>
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
  /** How often each operator is used, those within subgraphs left out. */
  readonly operators: Readonly<Record<string, number>>
  readonly constants: Size
  readonly metadata: Readonly<Record<string, string>>
}

/** Of the initializers and the constants between nodes, wherever their numbers lie. */
interface Size {
  /** Elements that are floating-point numbers. */
  readonly floats: number
  /** Of all elements; texts count nothing. */
  readonly bytes: number
}

/**
 * Lists what is in an ONNX file of any opset, with operators of any kind: for looking at models that `readOnnx` refuses.
 * @throws if the bytes are no ONNX model or were cut off.
 */
export function inspectOnnx(bytes: Uint8Array): OnnxListing {
  const model = parse(bytes)
  const { graph } = model
  ensure(graph, `expected an ONNX model, found no graph in ${sizeInBytes(bytes)}`, NOT_ONNX)
  const given = new Set(graph.initializer.map(({ name }) => name))
  return {
    producer: { name: model.producerName, version: model.producerVersion },
    opsets: Object.fromEntries(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])),
    inputs: graph.input.filter(({ name }) => !given.has(name)).map(portOf),
    outputs: graph.output.map(portOf),
    operators: operatorsOf(graph),
    constants: sizeOfConstants(graph),
    metadata: metadataOf(model),
  }
}

function portOf({ name, type }: ValueInfoProto): OnnxPort {
  const of = type?.tensorType
  if (!of) return { name, dtype: 'no tensor' }
  const dtype = nameOf(of.elemType)
  if (!of.shape) return { name, dtype }
  const sizes = of.shape.dim.map(({ value }) =>
    value.case === 'dimValue' ? Number(value.value) : value.value || '?',
  )
  return { name, dtype, shape: sizes }
}

function operatorsOf({ node }: GraphProto): Record<string, number> {
  const counts = new Map<string, number>()
  for (const type of node.map(operatorName)) counts.set(type, (counts.get(type) ?? 0) + 1)
  return Object.fromEntries(counts)
}

function sizeOfConstants({ initializer, node }: GraphProto): Size {
  const between = node.flatMap(({ opType, attribute }) => (opType === 'Constant' ? attribute : []))
  const tensors = [...initializer, ...between.flatMap(({ t }) => t ?? [])]
  const sum = (of: (tensor: TensorProto) => number) => tensors.reduce((total, one) => total + of(one), 0)
  return {
    floats: sum((tensor) => (nameOf(tensor.dataType).includes('float') ? elementsOf(tensor) : 0)),
    bytes: sum((tensor) => Math.ceil((elementsOf(tensor) * (types[tensor.dataType]?.[1] ?? 0)) / 8)),
  }
}

const elementsOf = ({ dims }: TensorProto) => dims.reduce((product, n) => product * Number(n), 1)

/** TensorProto.DataType, with the bits of an element: also those that Gradus does not compute with. */
const types: Readonly<Record<number, readonly [name: string, bits: number]>> = {
  1: ['float32', 32],
  2: ['uint8', 8],
  3: ['int8', 8],
  4: ['uint16', 16],
  5: ['int16', 16],
  6: ['int32', 32],
  7: ['int64', 64],
  8: ['string', 0],
  9: ['bool', 8],
  10: ['float16', 16],
  11: ['float64', 64],
  12: ['uint32', 32],
  13: ['uint64', 64],
  14: ['complex64', 64],
  15: ['complex128', 128],
  16: ['bfloat16', 16],
  17: ['float8e4m3fn', 8],
  18: ['float8e4m3fnuz', 8],
  19: ['float8e5m2', 8],
  20: ['float8e5m2fnuz', 8],
  21: ['uint4', 4],
  22: ['int4', 4],
  23: ['float4e2m1', 4],
}

const nameOf = (code: number) => types[code]?.[0] ?? `data type ${code}`
