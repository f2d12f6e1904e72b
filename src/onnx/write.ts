import { create } from '@bufbuild/protobuf'
import { bytesOf, dtypes, ensure, normalizeAxis, unknownName, VERSION } from '../core/index.ts'
import { describeNode, expandFunctions, type Graph, type Node, type ValueInfo } from '../graph/index.ts'
import { assemble } from './assemble.ts'
import { encodeAttribute } from './attributes.ts'
import { IR_VERSION, OPSET } from './format.ts'
import { type Names, nameGraph } from './names.ts'
import {
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.ts'
import { tensorHeader } from './tensors.ts'

/** Names for axes: `{ image: { 0: 'N' } }` calls axis 0 of the input or output `image` N. */
export type DynamicAxes = Readonly<Record<string, Readonly<Record<number, string>>>>

export interface WriteOptions {
  /** What the model is called (default `gradus`). */
  readonly name?: string
  /** A description for people (default none). */
  readonly docString?: string
  /** Further facts, such as class names, that readers find in the file's metadata (default none). */
  readonly metadata?: Readonly<Record<string, string>>
  /**
   * Axes of inputs and outputs whose size the file leaves open (default none). Only their declarations change: that no
   * node has the size built in is up to the caller.
   */
  readonly dynamicAxes?: DynamicAxes
}

/**
 * The bytes of an ONNX file (opset 21, IR version 10) that holds the graph. Operators of the domain `gradus` are written as
 * their definitions; constants become initializers. The same graph always gives the same bytes.
 * @throws if an input and an output share a name, an attribute is not of its declared kind, or the file would exceed 2 GB.
 */
export function writeOnnx(graph: Graph, options: WriteOptions = {}): Uint8Array {
  const { name = 'gradus', docString, metadata = {}, dynamicAxes = {} } = options
  const expanded = expandFunctions(graph)
  const names = nameGraph(expanded)
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(IR_VERSION),
    producerName: 'gradus',
    producerVersion: VERSION,
    docString,
    opsetImport: opsets(expanded),
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  })
  const proto = create(GraphProtoSchema, {
    name,
    node: [...expanded.nodes.map((node) => encodeNode(node, names)), ...passedThrough(expanded, names)],
    ...declarations(expanded, dynamicAxes),
  })
  const initializers = expanded.constants().map((value) => ({
    header: create(TensorProtoSchema, tensorHeader(value.data!, names.values.get(value)!)),
    data: bytesOf(value.data!),
  }))
  return assemble(model, proto, initializers)
}

/** The operator sets that the graph uses: ONNX's own, and those of ONNX Runtime, which all have version 1. */
function opsets(graph: Graph): { domain: string; version: bigint }[] {
  const domains = new Set(graph.nodes.map((node) => node.op.domain))
  domains.delete('')
  const others = [...domains].sort().map((domain) => ({ domain, version: 1n }))
  return [{ domain: '', version: BigInt(OPSET) }, ...others]
}

function encodeNode(node: Node, names: Names): NodeProto {
  const { op, attrs } = node
  const what = describeNode(node)
  ensure(op.domain !== 'gradus', `${what} is not an ONNX operator and has no definition in ONNX operators`)
  const attribute = Object.entries(attrs).flatMap(([key, value]) => {
    if (value === undefined) return []
    const kind = op.attributes[key]
    ensure(kind, `${what}: attribute "${key}" is not declared by the operator`)
    return [encodeAttribute(key, value, kind, what)]
  })
  return create(NodeProtoSchema, {
    name: names.nodes.get(node)!,
    opType: op.type,
    domain: op.domain || undefined,
    input: node.inputs.map((value) => (value ? names.values.get(value)! : '')),
    output: node.outputs.map((value) => names.values.get(value)!),
    attribute,
  })
}

/** Identity nodes for the outputs that are inputs, constants or earlier outputs under another name. */
function passedThrough(graph: Graph, names: Names): NodeProto[] {
  return graph.outputNames.flatMap((output, i) => {
    const input = names.values.get(graph.outputs[i]!)!
    if (input === output) return []
    return [
      create(NodeProtoSchema, {
        name: `Identity_${graph.nodes.length + i}`,
        opType: 'Identity',
        input: [input],
        output: [output],
      }),
    ]
  })
}

/** What a file says of the graph's inputs and outputs. */
function declarations(graph: Graph, dynamicAxes: DynamicAxes) {
  const known = [...graph.inputs.map((value) => value.name!), ...graph.outputNames]
  for (const name of Object.keys(dynamicAxes)) {
    if (!known.includes(name)) throw unknownName('input or output in dynamicAxes', name, known)
  }
  return {
    input: graph.inputs.map((value) => declaration(value.name!, value, dynamicAxes)),
    output: graph.outputs.map((value, i) => declaration(graph.outputNames[i]!, value, dynamicAxes)),
  }
}

function declaration(name: string, { dtype, shape }: ValueInfo, dynamicAxes: DynamicAxes): ValueInfoProto {
  const open = new Map<number, string>()
  for (const [axis, param] of Object.entries(dynamicAxes[name] ?? {})) {
    open.set(normalizeAxis(Number(axis), shape.length, `dynamicAxes of "${name}": axis`), param)
  }
  const dim = shape.map((n, axis) => {
    const param = open.get(axis)
    return param === undefined
      ? { value: { case: 'dimValue' as const, value: BigInt(n) } }
      : { value: { case: 'dimParam' as const, value: param } }
  })
  return create(ValueInfoProtoSchema, {
    name,
    type: { tensorType: { elemType: dtypes[dtype].onnx, shape: { dim } } },
  })
}
