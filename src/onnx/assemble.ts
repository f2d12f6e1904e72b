import { type DescField, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { ensure } from '../core/index.ts'
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from './onnx_pb.ts'

/** Lengths in Protocol Buffers have 31 bits. */
const LARGEST_FILE = 2 ** 31 - 1

/** A tensor without its numbers, and the bytes of its numbers. */
export interface Initializer {
  readonly header: TensorProto
  readonly data: Uint8Array
}

/**
 * The bytes of a model file, given its parts. A message is the concatenation of its fields, in any order; so the large parts,
 * the numbers of the weights, are copied once, from where they are to where they belong. The graph comes last: a file that
 * was cut off anywhere is then broken, not silently different.
 * @throws if the file would be larger than 2 GB, the limit of the format.
 */
export function assemble(
  model: ModelProto,
  graph: GraphProto,
  initializers: readonly Initializer[],
): Uint8Array {
  const tensors = initializers.flatMap(({ header, data }) =>
    field(GraphProtoSchema.field.initializer, [
      toBinary(TensorProtoSchema, header),
      ...field(TensorProtoSchema.field.rawData, [data]),
    ]),
  )
  return concatenate([
    toBinary(ModelProtoSchema, model),
    ...field(ModelProtoSchema.field.graph, [...tensors, toBinary(GraphProtoSchema, graph)]),
  ])
}

/** A field that holds bytes or a message: its tag, its length, and its content in parts. */
function field(descriptor: DescField, content: readonly Uint8Array[]): Uint8Array[] {
  const length = lengthOf(content)
  ensure(
    length <= LARGEST_FILE,
    `the model has ${(length / 1e9).toFixed(1)} GB, an ONNX file holds at most 2 GB`,
  )
  const head = new BinaryWriter().tag(descriptor.number, WireType.LengthDelimited).uint32(length)
  return [head.finish(), ...content]
}

const lengthOf = (parts: readonly Uint8Array[]) => parts.reduce((sum, part) => sum + part.length, 0)

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(lengthOf(parts))
  let at = 0
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}
