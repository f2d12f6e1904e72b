import { fromBinary } from '@bufbuild/protobuf'
import { GradusError } from '../core/index.ts'
import { type ModelProto, ModelProtoSchema } from './onnx_pb.ts'

/** What to think of a file that holds no model. */
export const NOT_ONNX = 'the file is not an ONNX model, or it was cut off'

export const sizeInBytes = (bytes: Uint8Array) => `${bytes.length.toLocaleString('en-US')} bytes`

/** The message in the bytes of an ONNX file. @throws if they cannot be one. */
export function parse(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GradusError(`cannot read ${sizeInBytes(bytes)} as an ONNX model: ${reason}`, [NOT_ONNX], {
      cause,
    })
  }
}

/** Further facts in a file, such as class names. */
export const metadataOf = (model: ModelProto): Record<string, string> =>
  Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]))
