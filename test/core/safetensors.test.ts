import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type DType,
  decodeSafetensors,
  dtypes,
  encodeSafetensors,
  GradusError,
  sizeOf,
  type Tensor,
  tensor,
  zeros,
} from '../../src/core/index.ts'

const encode = (tensors: Record<string, Tensor>, metadata: Record<string, string> = {}) =>
  Buffer.concat(
    encodeSafetensors({
      tensors: new Map(Object.entries(tensors)),
      metadata: new Map(Object.entries(metadata)),
    }),
  )

/** A file with a header of one's own. */
function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, data])
}

const anyTensor = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(dtypes) as DType[])),
    shape: fc.array(fc.nat(3), { maxLength: 3 }),
    seed: fc.nat(255),
  })
  .map(({ dtype, shape, seed }) => {
    const item = zeros(shape, dtype)
    const bytes = new Uint8Array(item.data.buffer)
    for (let i = 0; i < bytes.length; i++) bytes[i] = dtype === 'bool' ? i % 2 : (seed * (i + 1)) % 251
    return item
  })
const anyFile = fc.record({
  tensors: fc.array(fc.tuple(fc.string(), anyTensor), { maxLength: 5 }).map((entries) => new Map(entries)),
  metadata: fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 3 }).map((entries) => new Map(entries)),
})

describe('round trip', () => {
  it('gives back every dtype, shape, name and text', () => {
    fc.assert(
      fc.property(anyFile, (file) => {
        const found = decodeSafetensors(Buffer.concat(encodeSafetensors(file)), 'file')
        expect(new Map(found.tensors)).toEqual(file.tensors)
        expect(new Map(found.metadata)).toEqual(file.metadata)
      }),
      { numRuns: 200 },
    )
  })

  it('keeps names that JavaScript objects mistreat', () => {
    const tensors = new Map([
      ['b', tensor([1])],
      ['1', tensor([2])],
      ['__proto__', tensor([3])],
    ])
    const found = decodeSafetensors(
      Buffer.concat(encodeSafetensors({ tensors, metadata: new Map() })),
      'file',
    )
    expect([...found.tensors.keys()].sort()).toEqual(['1', '__proto__', 'b'])
    expect(found.tensors.get('__proto__')).toEqual(tensor([3]))
  })

  it('keeps one tensor under two names', () => {
    const shared = tensor([1, 2])
    expect(new Map(decodeSafetensors(encode({ a: shared, b: shared }), 'file').tensors)).toEqual(
      new Map([
        ['a', shared],
        ['b', shared],
      ]),
    )
  })

  it('aligns the data to 8 bytes, wide dtypes first, without gaps', () => {
    const bytes = encode({ flags: tensor([1, 0, 1], [3], 'bool'), wide: tensor([7], [1], 'float64') })
    const length = Number(bytes.readBigUInt64LE())
    expect(length % 8).toBe(0)
    expect(bytes.length).toBe(8 + length + 8 + 3)
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + length))).toEqual({
      flags: { dtype: 'BOOL', shape: [3], data_offsets: [8, 11] },
      wide: { dtype: 'F64', shape: [1], data_offsets: [0, 8] },
    })
  })

  it('does not copy aligned data, and copies the rest', () => {
    const bytes = new Uint8Array(encode({ weight: tensor([1, 2, 3]) }))
    const inPlace = decodeSafetensors(bytes, 'file').tensors.get('weight')!
    expect(inPlace.data.buffer).toBe(bytes.buffer)

    const shifted = Buffer.alloc(bytes.length + 1)
    shifted.set(bytes, 1)
    const copied = decodeSafetensors(shifted.subarray(1), 'file').tensors.get('weight')!
    expect(copied).toEqual(inPlace)
    expect(copied.data.buffer).not.toBe(shifted.buffer)
  })

  it('refuses a tensor with the name of the metadata', () => {
    expect(() => encode({ __metadata__: tensor([1]) })).toThrow(/cannot be named "__metadata__"/)
  })
})

describe('a damaged file', () => {
  const f32 = (shape: unknown, offsets: unknown, dtype: unknown = 'F32') => ({
    dtype,
    shape,
    data_offsets: offsets,
  })
  const four = new Uint8Array(4)
  const eight = new Uint8Array(8)
  it.each([
    ['nothing', new Uint8Array(0), /at least 8 bytes, found 0/],
    ['a huge header', Buffer.from('ffffffffffffffff', 'hex'), /at most 100000000 bytes/],
    ['a cut header', fileOf({}).subarray(0, 9), /header of 2 bytes, found 9 bytes/],
    ['no JSON', fileOf('{"a'), /header: expected JSON/],
    ['no object', fileOf([]), /expected a JSON object, found \[\]/],
    ['no UTF-8', fileOf('{}').fill(0xff, 8), /UTF-8/],
    ['an unknown dtype', fileOf({ a: f32([1], [0, 4], 'BF16') }, four), /"BF16" is not supported/],
    ['a dtype in an array', fileOf({ a: f32([1], [0, 4], ['F32']) }, four), /is not supported/],
    ['a negative shape', fileOf({ a: f32([-1], [0, 4]) }, four), /expected a shape, found \[-1\]/],
    ['a shape of text', fileOf({ a: f32('1', [0, 4]) }, four), /expected a shape, found "1"/],
    ['no offsets', fileOf({ a: { dtype: 'F32', shape: [1] } }, four), /data_offsets, found nothing/],
    ['reversed offsets', fileOf({ a: f32([1], [4, 0]) }, four), /found \[4, 0\]/],
    ['another size', fileOf({ a: f32([2], [0, 4]) }, four), /takes 8 bytes, found 4/],
    ['data cut off', fileOf({ a: f32([2], [0, 8]) }, four), /ends at byte 8, but the file has 4/],
    ['an overlap', fileOf({ a: f32([1], [0, 4]), b: f32([1], [0, 4]) }, four), /"b" overlaps/],
    ['a gap', fileOf({ a: f32([1], [4, 8]) }, eight), /"a" leaves a gap/],
    ['data left over', fileOf({ a: f32([1], [0, 4]) }, eight), /expected 4 bytes of data, found 8/],
    ['a strange boolean', fileOf({ a: f32([1], [0, 1], 'BOOL') }, new Uint8Array([2])), /booleans/],
    ['an entry of text', fileOf({ a: 'F32' }), /expected \{dtype, shape, data_offsets\}, found "F32"/],
    ['metadata of numbers', fileOf({ __metadata__: { epoch: 3 } }), /names to texts/],
    ['deep nesting', fileOf(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`), /GradusError|found an array/],
  ])('%s: says so', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, 'weights')).toThrow(GradusError)
    expect(() => decodeSafetensors(bytes, 'weights')).toThrow(message)
    expect(() => decodeSafetensors(bytes, 'weights')).toThrow(/^weights: /)
  })

  const sample = encode(
    { 'fc.weight': tensor([1, 2, 3, 4], [2, 2]), steps: tensor([5n], [], 'int64'), mask: zeros([3], 'bool') },
    { state: '{"step":1}' },
  )

  it('cut anywhere: is refused', () => {
    for (let length = 0; length < sample.length; length++)
      expect(() => decodeSafetensors(sample.subarray(0, length), 'cut')).toThrow(GradusError)
  })

  it('changed anywhere: is refused, or read as tensors that are what they claim', () => {
    const edit = fc.tuple(fc.nat(sample.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const bytes = new Uint8Array(sample)
        for (const [at, byte] of edits) bytes[at] = byte
        try {
          for (const item of decodeSafetensors(bytes, 'fuzzed').tensors.values())
            expect(item.data.length).toBe(sizeOf(item.shape))
        } catch (error) {
          expect(error).toBeInstanceOf(GradusError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('in a JSON header of any kind: is refused, or read', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.uint8Array({ maxLength: 16 }),
        (header, data) => {
          try {
            expect(decodeSafetensors(fileOf(header, data), 'fuzzed').tensors.size).toBeLessThanOrEqual(
              Object.keys(header).length,
            )
          } catch (error) {
            expect(error).toBeInstanceOf(GradusError)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
