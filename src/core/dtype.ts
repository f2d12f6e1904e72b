import { GradusError } from './errors.ts'

/** What a tensor's elements are; the names are ONNX's and NumPy's. */
export type DType = 'float32' | 'float64' | 'float16' | 'int8' | 'uint8' | 'int32' | 'int64' | 'bool'

/** Host storage by dtype. `bool` is one byte, 0 or 1; `float16` holds raw bits. */
export interface ArrayOf {
  float32: Float32Array
  float64: Float64Array
  float16: Uint16Array
  int8: Int8Array
  uint8: Uint8Array
  int32: Int32Array
  int64: BigInt64Array
  bool: Uint8Array
}

export type TypedArray = ArrayOf[DType]

interface DTypeInfo<D extends DType> {
  readonly bytes: number
  readonly kind: 'float' | 'int' | 'bool'
  /** TensorProto.DataType in an ONNX file. */
  readonly onnx: number
  readonly array: {
    new (length: number): ArrayOf[D]
    new (buffer: ArrayBufferLike, offset?: number, length?: number): ArrayOf[D]
  }
}

/** The table of dtypes; everything that depends on a dtype reads it. */
export const dtypes: { readonly [D in DType]: DTypeInfo<D> } = {
  float32: { bytes: 4, kind: 'float', onnx: 1, array: Float32Array },
  float64: { bytes: 8, kind: 'float', onnx: 11, array: Float64Array },
  float16: { bytes: 2, kind: 'float', onnx: 10, array: Uint16Array },
  int8: { bytes: 1, kind: 'int', onnx: 3, array: Int8Array },
  uint8: { bytes: 1, kind: 'int', onnx: 2, array: Uint8Array },
  int32: { bytes: 4, kind: 'int', onnx: 6, array: Int32Array },
  int64: { bytes: 8, kind: 'int', onnx: 7, array: BigInt64Array },
  bool: { bytes: 1, kind: 'bool', onnx: 9, array: Uint8Array },
}

/** Whether a dtype carries gradients. */
export const isFloat = (dtype: DType): boolean => dtypes[dtype].kind === 'float'

/** The dtype that an ONNX file calls `code`. */
export function dtypeFromOnnx(code: number, where: string): DType {
  for (const [name, info] of Object.entries(dtypes)) if (info.onnx === code) return name as DType
  throw new GradusError(`${where}: ONNX data type ${code} is not supported`, [
    `supported: ${Object.keys(dtypes).join(', ')}`,
  ])
}
