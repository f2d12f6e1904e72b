import { ensure, GradusError, type Shape, sizeOf, stridesOf } from '../../core/index.ts'
import { again, expectBytes, type FileBytes } from '../files.ts'

/** Numbers from a file, in the narrowest array that holds them exactly. */
export interface NumberArray {
  readonly shape: Shape
  /** Row-major. Bytes for booleans, 0 and 1; float64 for 64-bit integers; float32 for float16. */
  readonly data: NumberData
  readonly kind: 'int' | 'float' | 'bool'
}

export type NumberData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array

interface ElementType {
  readonly bytes: number
  readonly kind: NumberArray['kind']
  readonly make: {
    new (length: number): NumberData
    new (buffer: ArrayBufferLike): NumberData
  }
  /** One element; left out where the bytes are those of the array, but for their order. */
  readonly get?: (view: DataView, at: number, little: boolean) => number
}

/** By NumPy's code for it. */
const types: Readonly<Record<string, ElementType>> = {
  b1: { bytes: 1, kind: 'bool', make: Uint8Array },
  u1: { bytes: 1, kind: 'int', make: Uint8Array },
  i1: { bytes: 1, kind: 'int', make: Int8Array },
  u2: { bytes: 2, kind: 'int', make: Uint16Array },
  i2: { bytes: 2, kind: 'int', make: Int16Array },
  u4: { bytes: 4, kind: 'int', make: Uint32Array },
  i4: { bytes: 4, kind: 'int', make: Int32Array },
  u8: {
    bytes: 8,
    kind: 'int',
    make: Float64Array,
    get: (v, at, little) => Number(v.getBigUint64(at, little)),
  },
  i8: {
    bytes: 8,
    kind: 'int',
    make: Float64Array,
    get: (v, at, little) => Number(v.getBigInt64(at, little)),
  },
  f2: {
    bytes: 2,
    kind: 'float',
    make: Float32Array,
    get: (v, at, little) => halfOf(v.getUint16(at, little)),
  },
  f4: { bytes: 4, kind: 'float', make: Float32Array },
  f8: { bytes: 8, kind: 'float', make: Float64Array },
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/**
 * Reads a `.npy` file: versions 1 to 3, numbers and booleans of either byte order, C and Fortran order.
 * Source: numpy.lib.format, NEP 1.
 * @throws if it is cut off or too long, is no such file, or holds something else (texts, records, Python objects).
 */
export function parseNpy(file: FileBytes): NumberArray {
  const { path, bytes } = file
  const { header, start } = splitHeader(file)
  const { code, little, fortran, shape } = parseHeader(header, path)
  const type = types[code]!
  const size = sizeOf(shape)
  const axes = shape.length > 0 ? shape.join(' x ') : 'one element'
  expectBytes(file, start + size * type.bytes, `a header of ${start} and ${axes} of ${type.bytes}`)
  const data = readElements(bytes.slice(start), type, little)
  const isBits = type.kind !== 'bool' || data.every((value) => value < 2)
  ensure(isBits, `${path}: expected booleans (bytes 0 and 1), found other bytes`, again)
  return { shape, data: fortran ? toRowMajor(data, shape) : data, kind: type.kind }
}

/** @param bytes of the elements; they may be changed. */
function readElements(
  bytes: Uint8Array,
  { bytes: width, make, get }: ElementType,
  little: boolean,
): NumberData {
  if (get) {
    const view = new DataView(bytes.buffer)
    const data = new make(bytes.length / width)
    for (let i = 0; i < data.length; i++) data[i] = get(view, i * width, little)
    return data
  }
  if (!little && width > 1) {
    const swapped = Buffer.from(bytes.buffer)
    if (width === 2) swapped.swap16()
    else if (width === 4) swapped.swap32()
    else swapped.swap64()
  }
  return new make(bytes.buffer)
}

function splitHeader(file: FileBytes): { header: string; start: number } {
  const { path, bytes } = file
  const isNpy = MAGIC.every((byte, i) => bytes[i] === byte || i >= bytes.length)
  ensure(
    isNpy && bytes.length > 0,
    `${path}: expected a NumPy file, which starts with \\x93NUMPY, found other bytes`,
    again,
  )
  const version = bytes[6] ?? 1
  ensure(
    version >= 1 && version <= 3,
    `${path}: expected version 1, 2 or 3 of the format, found ${version}`,
    again,
  )
  const lengthBytes = version === 1 ? 2 : 4
  const fixed = 8 + lengthBytes
  if (bytes.length < fixed) expectBytes(file, fixed, 'the beginning of the header alone')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (bytes.length < fixed + length) expectBytes(file, fixed + length, 'the header alone')
  return { header: new TextDecoder().decode(bytes.subarray(fixed, fixed + length)), start: fixed + length }
}

/** The header is a dictionary in Python's notation, with these three keys in any order. */
function parseHeader(header: string, path: string) {
  const descr = /'descr'\s*:\s*'([<>|=])([a-zA-Z]\d*)'/.exec(header)
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header)
  const axes = /'shape'\s*:\s*\(((?:\s*\d+L?\s*,?)*)\)/.exec(header)
  if (!descr || !fortran || !axes) {
    const isOther = /'descr'\s*:/.test(header) && fortran && axes
    throw new GradusError(
      isOther
        ? `${path}: expected an array of numbers, found one of records`
        : `${path}: expected a header of descr, fortran_order and shape, found ${JSON.stringify(header.slice(0, 60))}`,
      [isOther ? 'save each field as an array of its own' : again],
    )
  }
  const code = descr[2]!
  const isText = /^[US]/.test(code)
  const kind = isText ? ', texts' : code === 'O' ? ', Python objects, which may run code' : ''
  ensure(
    Object.hasOwn(types, code),
    `${path}: expected an array of numbers, found the type "${descr[1]}${code}"${kind}`,
    isText
      ? 'save numbers for them: names, numbers = np.unique(array, return_inverse=True)'
      : `supported: ${Object.keys(types).join(', ')}; convert it with array.astype('float32')`,
  )
  const shape = axes[1]!.match(/\d+/g)?.map(Number) ?? []
  ensure(shape.every(Number.isSafeInteger), `${path}: expected a shape, found (${axes[1]})`, again)
  // '=' is the order of the machine that wrote it: little-endian on all that Node runs on.
  return { code, little: descr[1] !== '>', fortran: fortran[1] === 'True', shape }
}

/** Fortran order has the first axis next to each other; row-major order the last. */
function toRowMajor<T extends NumberData>(data: T, shape: Shape): T {
  const result = data.slice() as T
  const strides = stridesOf([...shape].reverse()).reverse()
  const index = shape.map(() => 0)
  for (let i = 0, from = 0; i < data.length; i++) {
    result[i] = data[from]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return result
}

/** The number that the bits of a float16 (IEEE 754 binary16) say. */
export function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
