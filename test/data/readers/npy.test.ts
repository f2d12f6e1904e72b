import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../../src/core/index.ts'
import { type NumberArray, parseNpy } from '../../../src/data/readers/npy.ts'
import { listZip } from '../../../src/data/readers/zip.ts'
import { attempt, damaged, expectations, failureOf, fixtureBytes } from './damage.ts'

interface Expected {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}
const files = expectations<Record<string, Expected>>('npy')
const parse = (bytes: Uint8Array) => parseNpy({ path: 'x.npy', bytes })

/** A file of version 1 with a header of one's own. */
function npyOf(header: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = Buffer.from(`${header}\n`)
  const length = Buffer.alloc(2)
  length.writeUInt16LE(text.length)
  return new Uint8Array(Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, text, data]))
}

describe('parseNpy', () => {
  it.each(Object.keys(files))('reads %s as NumPy wrote it', (name) => {
    const { shape, data } = parse(fixtureBytes(name))
    expect([shape, [...data]]).toEqual([files[name]!.shape, files[name]!.values])
  })

  it('keeps bytes bytes, and halves exact', () => {
    expect(parse(fixtureBytes('u1-little-C.npy')).data).toBeInstanceOf(Uint8Array)
    expect(parse(fixtureBytes('f2-big-F.npy')).data).toBeInstanceOf(Float32Array)
    const halves = Uint8Array.of(0, 0x7c, 1, 0, 0xff, 0x7b, 0, 0xbc)
    const header = "{'descr': '<f2', 'fortran_order': False, 'shape': (4,), }"
    expect([...parse(npyOf(header, halves)).data]).toEqual([Number.POSITIVE_INFINITY, 2 ** -24, 65504, -1])
  })

  it('reads a scalar', () => {
    const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (), }"
    expect(parse(npyOf(header, Uint8Array.of(7)))).toEqual({ shape: [], data: Uint8Array.of(7), kind: 'int' })
  })

  const whole = fixtureBytes('f4-little-C.npy')
  const header = (descr: string, shape: string) =>
    npyOf(`{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`)
  it.each<[string, Uint8Array, RegExp]>([
    ['another file', Uint8Array.of(0x50, 0x4b, 3, 4), /^x.npy: expected a NumPy file.*found other bytes/],
    [
      'a header cut off',
      whole.subarray(0, 40),
      /^x.npy is truncated: expected 128 bytes \(the header alone\), found 40/,
    ],
    [
      'data cut off',
      whole.subarray(0, 150),
      /is truncated: expected 224 bytes \(a header of 128 and 2 x 3 x 4 of 4\), found 150/,
    ],
    ['more data', Uint8Array.from([...whole, 0]), /has trailing bytes: expected 224/],
    [
      'a version of the future',
      Uint8Array.from(whole, (byte, i) => (i === 6 ? 9 : byte)),
      /version 1, 2 or 3.*found 9/,
    ],
    ['texts', header("'<U3'", '(3,)'), /found the type "<U3", texts/],
    ['Python objects', header("'|O'", '(3,)'), /found the type "\|O", Python objects, which may run code/],
    ['texts', header("'<U5'", '(3,)'), /expected an array of numbers, found the type "<U5"/],
    ['records', header("[('a', '<f4')]", '(3,)'), /expected an array of numbers, found one of records/],
    [
      'a size beyond all memory',
      header("'<f8'", '(4000000000, 4000000000)'),
      /is truncated: expected 128,000,000,000/,
    ],
    ['no dictionary', npyOf('hello'), /expected a header of descr, fortran_order and shape, found "hello/],
    [
      'other booleans',
      npyOf("{'descr': '|b1', 'fortran_order': False, 'shape': (1,)}", Uint8Array.of(2)),
      /expected booleans/,
    ],
  ])('refuses %s', async (_, bytes, message) => {
    expect((await failureOf(() => parse(bytes))).message).toMatch(message)
  })

  it.each(['f4-little-C.npy', 'i8-big-F.npy', 'b1-little-F.npy', 'version3.npy'])(
    'gives what the header says, or an error, when %s is damaged (500 files)',
    async (name) => {
      const property = fc.asyncProperty(damaged(fixtureBytes(name)), async (bytes) => {
        const array = await attempt<NumberArray>(() => parse(bytes))
        if (array) expect(array.data).toHaveLength(sizeOf(array.shape))
      })
      await fc.assert(property, { numRuns: 500 })
    },
  )
})

describe('listZip', () => {
  const expected = expectations<Record<string, Expected>>('npz')

  it.each(['stored.npz', 'deflated.npz'])('unpacks %s', async (name) => {
    const entries = listZip({ path: name, bytes: fixtureBytes(name) })
    expect(entries.map((entry) => entry.name)).toEqual(Object.keys(expected).map((key) => `${key}.npy`))
    for (const entry of entries) {
      const { shape, data } = parseNpy(await entry.read())
      expect({ shape, values: [...data] }).toEqual(expected[entry.name.slice(0, -4)])
    }
  })

  it('refuses what is cut off, changed, or too large to be true', async () => {
    const bytes = fixtureBytes('deflated.npz')
    const read = async (changed: Uint8Array) => {
      for (const entry of listZip({ path: 'x.npz', bytes: changed })) await entry.read()
    }
    const change = (at: number, ...values: number[]) => {
      const result = bytes.slice()
      result.set(values, at)
      return result
    }
    const central = Buffer.from(bytes).indexOf('PK\x01\x02', 0, 'latin1')
    const of = (changed: Uint8Array) => failureOf(() => read(changed)).then(({ message }) => message)
    expect(await of(bytes.subarray(0, 500))).toMatch(/^x.npz: expected a whole zip archive, found no end/)
    expect(await of(change(120, 0, 0, 0))).toMatch(
      /^x.npz: "x_train.npy": expected (whole deflated|the checksum|308 bytes)/,
    )
    expect(await of(change(central + 16, 1, 2, 3))).toMatch(
      /"x_train.npy": expected the checksum 0?\d+, found/,
    )
    expect(await of(change(central + 24, 255, 255, 255, 127))).toMatch(
      /at most 1032 times its \d+ packed bytes/,
    )
    expect(await of(change(central + 24, 5, 0, 0, 0))).toMatch(/expected (5 bytes|whole deflated data)/)
    expect(await of(change(central + 8, 1))).toMatch(/found it encrypted/)
    expect(await of(change(central + 10, 14))).toMatch(/expected stored or deflated data, found method 14/)
  })

  it.each(['stored.npz', 'deflated.npz'])(
    'gives what was packed, or an error, when %s is damaged (400 files)',
    async (name) => {
      const property = fc.asyncProperty(damaged(fixtureBytes(name)), async (bytes) => {
        const entries = (await attempt(() => listZip({ path: name, bytes }))) ?? []
        for (const entry of entries) {
          const array = await attempt(async () => parseNpy(await entry.read()))
          const packed = expected[entry.name.replace('.npy', '')]
          // The checksum holds: only the name of the file can have changed.
          if (array && packed) expect([...array.data]).toEqual(packed.values)
        }
      })
      await fc.assert(property, { numRuns: 400 })
    },
  )
})
