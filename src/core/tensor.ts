import { type ArrayOf, type DType, dtypes, type TypedArray } from './dtype.ts'
import { ensure, unknownName } from './errors.ts'
import { formatShape, type Shape, sizeOf } from './shape.ts'

/** Numbers in host memory: row-major data with a dtype and a shape. Plain data; nothing to dispose. */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D
  readonly shape: Shape
  readonly data: ArrayOf[D]
}

/**
 * Makes a tensor. `data` is used as it is when it is the dtype's typed array (no copy), and converted otherwise.
 * @throws if the number of elements is not that of `shape`.
 */
export function tensor<D extends DType = 'float32'>(
  data: TypedArray | readonly number[] | readonly bigint[],
  shape: Shape = [data.length],
  dtype: D = 'float32' as D,
): Tensor<D> {
  expectNumbers(data, shape, dtype)
  ensure(
    data.length === sizeOf(shape),
    `a tensor of shape ${formatShape(shape)} has ${sizeOf(shape)} elements, got ${data.length}`,
  )
  if (data instanceof dtypes[dtype].array) return { dtype, shape, data: data as ArrayOf[D] }
  const result = zeros(shape, dtype)
  const wide = dtype === 'int64'
  for (let i = 0; i < data.length; i++) result.data[i] = wide ? BigInt(data[i]!) : Number(data[i]!)
  return result
}

/** What a program without types may get wrong: numbers nested in arrays, the dtype in the place of the shape. */
function expectNumbers(data: unknown, shape: unknown, dtype: string): void {
  const isList = Array.isArray(data) || ArrayBuffer.isView(data)
  ensure(isList, `tensor: expected an array of numbers, got ${typeof data}`)
  ensure(
    !Array.isArray(data) || data.every((x) => typeof x === 'number' || typeof x === 'bigint'),
    'tensor: expected numbers one after another, got something else among them',
    'give the shape besides: tensor([1, 2, 3, 4], [2, 2])',
  )
  ensure(
    Array.isArray(shape),
    `tensor: expected a shape such as [2, 3], got ${JSON.stringify(shape)}`,
    'tensor(data, shape, dtype)',
  )
  if (!Object.hasOwn(dtypes, dtype)) throw unknownName('dtype', dtype, Object.keys(dtypes))
}

/** A tensor of zeros. */
export function zeros<D extends DType = 'float32'>(shape: Shape, dtype: D = 'float32' as D): Tensor<D> {
  return { dtype, shape, data: new dtypes[dtype].array(sizeOf(shape)) as ArrayOf[D] }
}

/** A copy with storage of its own. */
export function cloneTensor<D extends DType>(source: Tensor<D>): Tensor<D> {
  return { ...source, data: source.data.slice() as ArrayOf[D] }
}

/** The bytes of a tensor's data, little-endian, without a copy. */
export function bytesOf(source: Tensor): Uint8Array {
  return new Uint8Array(source.data.buffer, source.data.byteOffset, source.data.byteLength)
}

/** The elements as ordinary numbers (int64 beyond 2^53 loses digits). */
export function numbersOf(source: Tensor): number[] {
  return Array.from(source.data as ArrayLike<number | bigint>, Number)
}
