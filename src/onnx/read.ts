import { ensure } from '../core/index.ts'
import { type Graph, verify } from '../graph/index.ts'
import { buildGraph } from './build.ts'
import { OLDEST_OPSET, OPSET } from './format.ts'
import type { ModelProto, ValueInfoProto } from './onnx_pb.ts'
import { metadataOf, NOT_ONNX, parse, sizeInBytes } from './parse.ts'
import { checkSupport } from './support.ts'
import { upgrade } from './upgrade.ts'
import type { DynamicAxes } from './write.ts'

/** What an ONNX file holds. Texts that the file does not have are empty. */
export interface OnnxModel {
  readonly graph: Graph
  /** What the model is called. */
  readonly name: string
  /** A description for people. */
  readonly docString: string
  /** Further facts, such as class names. */
  readonly metadata: Readonly<Record<string, string>>
  /** The program that wrote the file. */
  readonly producer: { readonly name: string; readonly version: string }
  /** The version of ONNX's operators that the file uses. */
  readonly opset: number
  /** The axes of inputs and outputs whose size the file leaves open, by name and axis; those without a name of their own are `?`. */
  readonly dynamicAxes: DynamicAxes
}

export interface ReadOptions {
  /**
   * Sizes for the axes that the file leaves open, by their names in the file; an axis without a name goes by its input's,
   * such as `image.0`. One number stands for all of them (default none).
   */
  readonly dims?: Readonly<Record<string, number>> | number
}

/**
 * The model in the bytes of an ONNX file (opset 13 to 21). Initializers and Constant nodes become constants that keep their
 * names; Identity nodes vanish; layer paths are taken from the names of the nodes. Nothing in the result refers to `bytes`.
 * @throws if the bytes are no ONNX model or were cut off, an open axis has no size, or something is not supported: operators
 * and attributes (all of them are listed), other opsets, subgraphs, values that are not tensors, weights in other files.
 */
export function readOnnx(bytes: Uint8Array, options: ReadOptions = {}): OnnxModel {
  const model = parse(bytes)
  const proto = model.graph
  ensure(proto, `expected an ONNX model, found no graph in ${sizeInBytes(bytes)}`, NOT_ONNX)
  const opset = opsetOf(model)
  upgrade(proto, opset)
  checkSupport(proto.node)
  return {
    graph: verify(buildGraph(proto, options.dims ?? {}), 'reading an ONNX file'),
    name: proto.name,
    docString: model.docString,
    metadata: metadataOf(model),
    producer: { name: model.producerName, version: model.producerVersion },
    opset,
    dynamicAxes: Object.fromEntries(
      [...proto.input, ...proto.output].map((info) => [info.name, openAxes(info)]),
    ),
  }
}

function openAxes({ type }: ValueInfoProto): Record<number, string> {
  const axes = type?.tensorType?.shape?.dim ?? []
  const open = axes.flatMap(({ value }, axis) =>
    value.case === 'dimValue' ? [] : [[axis, value.value || '?']],
  )
  return Object.fromEntries(open)
}

function opsetOf(model: ModelProto): number {
  const own = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')
  ensure(own, 'the model does not say which version of the ONNX operators it uses')
  const version = Number(own.version)
  ensure(
    version >= OLDEST_OPSET && version <= OPSET,
    `the model uses opset ${version}, Gradus reads ${OLDEST_OPSET} to ${OPSET}`,
    `convert it: onnx.version_converter.convert_version(model, ${OPSET})`,
  )
  return version
}
