import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePickle } from '../../src/data/readers/pickle.ts'
import { cifar10 } from '../../src/data/sets/cifar10.ts'
import { cifar100 } from '../../src/data/sets/cifar100.ts'
import { findDataset } from '../../src/data/sets/registry.ts'
import { type Files, folderWith, noise } from './fixtures.ts'
import { attempt, damaged, expectations, failureOf, fixture, fixtureBytes } from './readers/damage.ts'

const firstPixels = expectations<Record<string, number[]>>('cifar')
const start = (pixels: Uint8Array | Float32Array, sample: number) => [
  ...pixels.subarray(3072 * sample, 3072 * sample + 8),
]

describe('the Python version of CIFAR', () => {
  it('is CIFAR-10', async () => {
    const data = await cifar10({ dir: fixture('') })
    expect([...data.train.labels]).toEqual([0, 9, 1, 8, 2, 7, 3, 6, 4, 5])
    expect([...data.test.labels]).toEqual([5, 4])
    expect(start(data.train.inputs, 4)).toEqual(firstPixels.data_batch_3)
    expect(start(data.test.inputs, 0)).toEqual(firstPixels.test_batch)
    expect(data.classes[3]).toBe('class 3')
    expect((await cifar10({ dir: fixture('cifar-10-batches-py') })).train).toEqual(data.train)
  })

  it('is CIFAR-100, of 100 classes or 20', async () => {
    const fine = await cifar100({ dir: fixture('') })
    const coarse = await cifar100({ dir: fixture('cifar-100-python'), labels: 'coarse' })
    expect([[...fine.train.labels], [...fine.test.labels]]).toEqual([
      [0, 99, 50],
      [1, 98],
    ])
    expect([[...coarse.train.labels], [...coarse.test.labels]]).toEqual([
      [0, 19, 10],
      [0, 19],
    ])
    expect([fine.classes[99], coarse.classes[19]]).toEqual(['fine 99', 'coarse 19'])
    expect(start(fine.test.inputs, 0)).toEqual(firstPixels['100 test'])
    expect(await findDataset('cifar100').load({ dir: fixture('') })).toEqual(fine)
  })
})

describe('the binary version of CIFAR-100', () => {
  const record = (coarse: number, fine: number, salt: number) => [coarse, fine, ...noise(3072, salt)]
  const names = (kind: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${kind} ${i}`).join('\n')
  const files = (): Files => ({
    'train.bin': Uint8Array.from([...record(3, 15, 1), ...record(19, 99, 2)]),
    'test.bin': Uint8Array.from(record(0, 2, 3)),
    'fine_label_names.txt': `${names('fine', 100)}\n`,
    'coarse_label_names.txt': names('coarse', 20),
  })
  const inFolder = (content: Files) =>
    Object.fromEntries(Object.entries(content).map(([name, bytes]) => [`cifar-100-binary/${name}`, bytes]))

  it('is read', async () => {
    const dir = await folderWith(inFolder(files()))
    const fine = await cifar100({ dir })
    expect([[...fine.train.labels], [...fine.test.labels]]).toEqual([[15, 99], [2]])
    expect(fine.train.inputs.subarray(3072)).toEqual(noise(3072, 2))
    const coarse = await cifar100({ dir, labels: 'coarse' })
    expect([...coarse.train.labels]).toEqual([3, 19])
    expect([fine.classes[15], coarse.classes[19]]).toEqual(['fine 15', 'coarse 19'])
  })

  it.each<[string, Files, RegExp]>([
    [
      'a file cut off',
      { 'train.bin': noise(4000) },
      /train.bin: expected whole records of 3,074 bytes, found 4,000/,
    ],
    [
      'a label out of range',
      { 'test.bin': Uint8Array.from(record(0, 100, 3)) },
      /test.bin: expected labels 0 \.\. 99, got 100/,
    ],
    [
      'names that are too few',
      { 'fine_label_names.txt': 'a\nb' },
      /fine_label_names.txt: expected 100 class names, found 2/,
    ],
  ])('refuses %s', async (_, changes, message) => {
    const dir = await folderWith(inFolder({ ...files(), ...changes }))
    expect((await failureOf(() => cifar100({ dir }))).message).toMatch(message)
  })

  it('refuses other labels, and says where the files can be had', async () => {
    const wrong = { dir: '/nowhere', labels: 'medium' as 'fine' }
    expect((await failureOf(() => cifar100(wrong))).message).toMatch(
      /expected labels 'fine' or 'coarse', got "medium"/,
    )
    expect((await failureOf(() => cifar100({ dir: undefined }))).message).toMatch(/cifar-100-binary.tar.gz/)
  })
})

describe('parsePickle', () => {
  const parse = (text: string) =>
    parsePickle({ path: 'x', bytes: Uint8Array.from(Buffer.from(text, 'latin1')) })
  const protocol = '\x80\x02'

  it('reads values, lists and dictionaries', () => {
    const values = `${protocol}](N\x88\x89K\x07M\x01\x02J\xff\xff\xff\xffU\x02h\xe9e.`
    expect(parse(values)).toEqual([null, true, false, 7, 513, -1, 'hé'])
    expect(parse(`${protocol}}q\x00(U\x01a]q\x01K\x01aU\x01bh\x01u.`)).toEqual(
      new Map([
        ['a', [1]],
        ['b', [1]],
      ]),
    )
  })

  it.each<[string, string, RegExp]>([
    [
      'code that would run',
      `${protocol}cos\nsystem\n(U\x04echot R.`,
      /found "os system", which is not allowed here/,
    ],
    ['other functions of NumPy', `${protocol}cnumpy\nload\n.`, /found "numpy load", which is not allowed/],
    ['other protocols', '\x80\x04N.', /expected a pickle of protocol 2/],
    ['other instructions', `${protocol}i`, /expected an instruction that makes data, found "i"/],
    [
      'an array of Python objects',
      `${protocol}cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R.`,
      /expected an array of bytes/,
    ],
    ['bytes after the end', `${protocol}N.N`, /expected the end, found 1 more byte/],
    [
      'a text longer than the file',
      `${protocol}T\xff\xff\xff\x7fab.`,
      /cut off: expected 2,147,483,647 more bytes/,
    ],
    ['a text of negative length', `${protocol}T\xff\xff\xff\xffab.`, /cut off/],
    ['an empty stack', `${protocol}e.`, /expected more values before this instruction/],
    ['no end', `${protocol}N`, /cut off/],
    ['a list in itself', `${protocol}]q\x00h\x00a.`, /hold each other over and over/],
  ])('refuses %s', async (_, text, message) => {
    const error = await failureOf(() => parse(text))
    expect(error.message).toMatch(/^x, byte \d+: /)
    expect(error.message).toMatch(message)
  })

  it('refuses lists of lists of lists that would fill the memory', async () => {
    const level = (key: number) =>
      `]q${String.fromCharCode(key)}(${`h${String.fromCharCode(key - 1)}`.repeat(100)}e`
    const nested = `${protocol}](${[0, 1, 2, 3, 4, 5].map((k) => (k === 0 ? ']q\x00' : level(k))).join('')}e.`
    expect((await failureOf(() => parse(nested))).message).toMatch(/hold each other over and over/)
  })

  it('gives data, or an error, for damaged files (1,500 files)', async () => {
    const files = [
      gunzipSync(fixtureBytes('cifar-10-batches-py/test_batch.gz')),
      fixtureBytes('cifar-100-python/meta'),
      Uint8Array.from(Buffer.from(`${protocol}}q\x00(U\x01a]q\x01K\x01aU\x01bh\x01u.`, 'latin1')),
    ]
    for (const file of files) {
      const property = fc.asyncProperty(damaged(new Uint8Array(file)), async (bytes) => {
        const value = await attempt(() => parsePickle({ path: 'x', bytes }))
        if (value !== undefined) expect(JSON.stringify(value)?.length).toBeGreaterThan(0)
      })
      await fc.assert(property, { numRuns: 500 })
    }
  })

  it('a damaged set is an error, or has the labels that it should (150 files)', async () => {
    const dir = await folderWith({ empty: '' })
    await cp(fixture('cifar-10-batches-py'), dir, { recursive: true })
    expect(await readdir(dir)).toContain('data_batch_1.gz')
    const whole = gunzipSync(await readFile(join(dir, 'data_batch_1.gz')))
    const property = fc.asyncProperty(damaged(new Uint8Array(whole)), async (bytes) => {
      await writeFile(join(dir, 'data_batch_1'), bytes)
      const data = await attempt(() => cifar10({ dir }))
      if (!data) return
      expect(data.train.inputs).toHaveLength(data.train.count * 3072)
      expect(Math.max(...data.train.labels)).toBeLessThan(10)
    })
    await fc.assert(property, { numRuns: 150 })
  })
})
