import { create } from '@bufbuild/protobuf'
import {
  bytesOf,
  type DType,
  dtypeFromOnnx,
  dtypes,
  ensure,
  formatShape,
  type Shape,
  sizeOf,
  type Tensor,
  type TypedArray,
  tensor,
} from '../core/index.ts'
import { type TensorProto, TensorProtoSchema } from './onnx_pb.ts'

/** A tensor as a file holds it. The numbers are not copied. */
export function encodeTensor(source: Tensor, name?: string): TensorProto {
  return create(TensorProtoSchema, { ...tensorHeader(source, name), rawData: bytesOf(source) })
}

/** What a file says of a tensor, apart from its numbers. */
export function tensorHeader(source: Tensor, name?: string) {
  return { name, dims: source.shape.map(BigInt), dataType: dtypes[source.dtype].onnx }
}

/**
 * The tensor in a file, with storage of its own.
 * @param what names it in messages.
 * @throws if its dtype is not supported, its numbers lie in another file, or their count is not that of its shape.
 */
export function decodeTensor(proto: TensorProto, what: string): Tensor {
  ensure(
    proto.dataLocation === 0,
    `${what} lies in another file, which is not supported`,
    'save the model as one file: onnx.save_model(model, path, save_as_external_data=False)',
  )
  const dtype = dtypeFromOnnx(proto.dataType, what)
  const shape = decodeShape(proto.dims, what)
  const size = sizeOf(shape)
  const { bytes } = dtypes[dtype]
  if (proto.rawData.length > 0) {
    ensure(
      proto.rawData.length === size * bytes,
      `${what} of ${dtype} ${formatShape(shape)} has ${size * bytes} bytes, the file holds ${proto.rawData.length}`,
    )
    // A view would keep the whole file in memory, and its place in the file is often not a multiple of the element size.
    return { dtype, shape, data: new dtypes[dtype].array(new Uint8Array(proto.rawData).buffer) }
  }
  const list = typedData(proto, dtype)
  ensure(
    list.length === size,
    `${what} of ${dtype} ${formatShape(shape)} has ${size} elements, the file holds ${list.length}`,
  )
  return tensor(list, shape, dtype)
}

/** The list that a file holds for a dtype if it has no raw bytes. */
function typedData(proto: TensorProto, dtype: DType): TypedArray | readonly number[] | readonly bigint[] {
  if (dtype === 'float32') return proto.floatData
  if (dtype === 'float64') return proto.doubleData
  return dtype === 'int64' ? proto.int64Data : proto.int32Data
}

/**
 * A shape as a file gives it.
 * @throws unless the sizes are possible ones: non-negative integers.
 */
export function decodeShape(sizes: readonly (number | bigint)[], what: string): Shape {
  const shape = sizes.map(Number)
  ensure(
    shape.every((n) => Number.isSafeInteger(n) && n >= 0) && Number.isSafeInteger(sizeOf(shape)),
    `${what} has the impossible shape ${formatShape(shape)}`,
  )
  return shape
}
