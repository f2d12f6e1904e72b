import { create, toBinary } from '@bufbuild/protobuf'
import { concatenate } from './assemble.ts'
import { ModelProtoSchema } from './onnx_pb.ts'

/**
 * A model with one output more, in front of its others: an empty sequence. Messages of Protocol Buffers that follow each other
 * merge, lists in their order; so it takes a few bytes before the file.
 * @param name of the output; nothing else in the model may be called so.
 */
export function withSequenceFirst(model: Uint8Array, name: string): Uint8Array {
  const front = create(ModelProtoSchema, {
    graph: { node: [{ opType: 'SequenceEmpty', output: [name] }], output: [{ name }] },
  })
  return concatenate([toBinary(ModelProtoSchema, front), model])
}
