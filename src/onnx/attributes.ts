import { create } from '@bufbuild/protobuf'
import { ensure, formatShape, type Tensor } from '../core/index.ts'
import type { AttributeKind, AttributeValue } from '../graph/index.ts'
import { type AttributeProto, AttributeProtoSchema } from './onnx_pb.ts'
import { decodeTensor, encodeTensor } from './tensors.ts'

/** An attribute as a file holds it, with its name and type still to be set. */
type Content = Partial<Pick<AttributeProto, 'f' | 'i' | 's' | 't' | 'floats' | 'ints' | 'strings'>>

interface Codec<T extends AttributeValue = AttributeValue> {
  /** AttributeProto.AttributeType. */
  readonly code: number
  /** What is expected of a value, for messages. */
  readonly expects: string
  fits(value: AttributeValue): value is T
  encode(value: T): Content
  decode(attribute: AttributeProto): AttributeValue
}

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value)
const isNumber = (value: unknown): value is number => typeof value === 'number'
const isString = (value: unknown): value is string => typeof value === 'string'
const listOf =
  <T>(fits: (item: unknown) => item is T) =>
  (value: unknown): value is readonly T[] =>
    Array.isArray(value) && value.every(fits)

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Makes a codec of one kind forget the type of its values, which its `fits` checks. */
const codec = <T extends AttributeValue>(record: Codec<T>): Codec => record as unknown as Codec

const codecs: { readonly [K in AttributeKind]: Codec } = {
  float: codec({
    code: 1,
    expects: 'a number',
    fits: isNumber,
    encode: (f) => ({ f }),
    decode: ({ f }) => f,
  }),
  int: codec({
    code: 2,
    expects: 'an integer',
    fits: isInteger,
    encode: (i) => ({ i: BigInt(i) }),
    decode: ({ i }) => Number(i),
  }),
  string: codec({
    code: 3,
    expects: 'a string',
    fits: isString,
    encode: (s) => ({ s: utf8(s) }),
    decode: ({ s }) => text(s),
  }),
  tensor: codec({
    code: 4,
    expects: 'a tensor',
    fits: (value): value is Tensor => typeof value === 'object' && 'dtype' in value,
    encode: (t) => ({ t: encodeTensor(t) }),
    decode: ({ name, t }) => t && decodeTensor(t, `attribute "${name}"`),
  }),
  floats: codec<readonly number[]>({
    code: 6,
    expects: 'a list of numbers',
    fits: listOf(isNumber),
    encode: (floats) => ({ floats: [...floats] }),
    decode: ({ floats }) => floats,
  }),
  ints: codec<readonly number[]>({
    code: 7,
    expects: 'a list of integers',
    fits: listOf(isInteger),
    encode: (ints) => ({ ints: ints.map(BigInt) }),
    decode: ({ ints }) => ints.map(Number),
  }),
  strings: codec<readonly string[]>({
    code: 8,
    expects: 'a list of strings',
    fits: listOf(isString),
    encode: (strings) => ({ strings: strings.map(utf8) }),
    decode: ({ strings }) => strings.map(text),
  }),
}

/** What AttributeProto.AttributeType calls its numbers, for messages. */
const typeNames = ['no type', 'float', 'int', 'string', 'tensor', 'graph', 'floats', 'ints', 'strings']

/**
 * An attribute as a file holds it.
 * @throws if the value is not of the kind, naming `node`.
 */
export function encodeAttribute(
  name: string,
  value: AttributeValue,
  kind: AttributeKind,
  node: string,
): AttributeProto {
  const { code, expects, fits, encode } = codecs[kind]
  ensure(fits(value), `${node}: attribute "${name}" must be ${expects}, got ${show(value)}`)
  return create(AttributeProtoSchema, { name, type: code, ...encode(value) })
}

/**
 * The value of an attribute that should be of this kind.
 * @throws if the file has another kind, or an integer beyond 2^53; naming `node`.
 */
export function decodeAttribute(
  attribute: AttributeProto,
  kind: AttributeKind,
  node: string,
): AttributeValue {
  const { code, expects, fits, decode } = codecs[kind]
  const { name, type } = attribute
  ensure(
    type === code,
    `${node}: attribute "${name}" must be ${expects}, the file has ${typeNames[type] ?? `type ${type}`}`,
  )
  const value = decode(attribute)
  ensure(fits(value), `${node}: attribute "${name}" must be ${expects}, the file has ${show(value)}`)
  return value
}

function show(value: AttributeValue): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return `"${value}"`
  if (typeof value === 'number') return String(value)
  return 'dtype' in value ? `a tensor ${value.dtype} ${formatShape(value.shape)}` : `[${value.join(', ')}]`
}
