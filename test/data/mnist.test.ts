import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { GradusError } from '../../src/core/index.ts'
import { fashionMnist, mnist } from '../../src/data/index.ts'
import { type Files, folderWith, idxFile, mnistFiles, mnistFolder, mnistNames, noise } from './fixtures.ts'

/** The error of loading these files as MNIST. */
async function failureOf(files: Files): Promise<GradusError> {
  const dir = await folderWith(files)
  const error = await mnist({ dir }).then(
    () => expect.unreachable('it loads'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(GradusError)
  return error as GradusError
}

describe('mnist', () => {
  it('reads the four files', async () => {
    const data = await mnist({ dir: await folderWith(mnistFolder()) })
    expect(data).toMatchObject({ name: 'mnist', inputShape: [1, 28, 28], inputRange: [0, 255] })
    expect(data.train).toMatchObject({ count: 6, shape: [1, 28, 28] })
    expect(data.test.count).toBe(3)
    expect([...data.train.labels]).toEqual([0, 1, 2, 9, 1, 0])
    expect(data.train.inputs).toEqual(noise(6 * 784))
    expect(data.test.inputs).toEqual(noise(3 * 784, 7))
  })

  it.each([
    ['gzipped', (name: string) => `${name}.gz`, gzipSync],
    ['with a dot', (name: string) => name.replace('-idx', '.idx'), (bytes: Uint8Array) => bytes],
    ['gzipped, with a dot', (name: string) => `${name.replace('-idx', '.idx')}.gz`, gzipSync],
    ['gzipped under the plain name', (name: string) => name, gzipSync],
  ])('reads files %s', async (_, rename, pack) => {
    const files = Object.entries(mnistFolder()).map(([name, bytes]) => [
      rename(name),
      pack(bytes as Uint8Array),
    ])
    const data = await fashionMnist({ dir: await folderWith(Object.fromEntries(files)) })
    expect(data.train.inputs).toEqual(noise(6 * 784))
    expect(data.classes[9]).toBe('Ankle boot')
  })

  it.each([
    [mnist, '9003027255', 'expected the files of mnist (digits), found those of fashion-mnist (clothes)'],
    [
      fashionMnist,
      '5041921314',
      'expected the files of fashion-mnist (clothes), found those of mnist (digits)',
    ],
  ])('refuses the files of the other set, which have the same names', async (load, labels, message) => {
    const trainLabels = idxFile([12], Uint8Array.from([...labels, '3', '5'].map(Number)))
    const trainImages = idxFile([12, 28, 28], noise(12 * 784))
    const dir = await folderWith(mnistFolder({ trainLabels, trainImages }))
    await expect(load({ dir })).rejects.toThrow(message)
    const other = load === mnist ? fashionMnist : mnist
    expect((await other({ dir })).train.count).toBe(12)
  })

  it('says where a missing directory was looked for', async () => {
    await expect(mnist({ dir: '/nowhere/mnist' })).rejects.toThrow(
      /^mnist: expected a directory with the data at "\/nowhere\/mnist", found nothing\n {2}get train-images/,
    )
    const dir = join(await folderWith({ file: 'text' }), 'file')
    await expect(mnist({ dir })).rejects.toThrow('found a file')
  })

  it('says which names a missing file was looked for by, and what there is instead', async () => {
    const { [mnistNames.testLabels]: _, ...files } = mnistFolder()
    const error = await failureOf(files)
    expect(error.message).toContain('mnist: no file "t10k-labels-idx1-ubyte" in ')
    expect(error.notes[0]).toBe(
      'tried: t10k-labels-idx1-ubyte, t10k-labels-idx1-ubyte.gz, t10k-labels.idx1-ubyte, t10k-labels.idx1-ubyte.gz',
    )
    expect(error.notes[1]).toContain('t10k-images-idx3-ubyte, train-images-idx3-ubyte')
    expect(error.notes[2]).toContain('https://')
  })

  const { trainImages, trainLabels } = mnistFiles()
  const packed = gzipSync(trainImages)
  const flipped = packed.map((byte, i) => (i === 100 ? byte ^ 0xff : byte))
  it.each<[string, Parameters<typeof mnistFolder>[0], RegExp]>([
    ['an empty file', { trainImages: new Uint8Array() }, /train-images.*expected data, found an empty file/],
    [
      'a truncated file',
      { trainImages: trainImages.subarray(0, 1000) },
      /is truncated: expected 4,720 bytes \(a header of 16 and 6 x 28 x 28\), found 1,000/,
    ],
    [
      'a header cut off',
      { trainImages: trainImages.subarray(0, 9) },
      /is truncated: expected 16 bytes.*found 9/,
    ],
    [
      'trailing bytes',
      { trainLabels: Uint8Array.from([...trainLabels, 1]) },
      /train-labels-idx1-ubyte has trailing bytes: expected 14 bytes .*, found 15/,
    ],
    [
      'a wrong magic number',
      { trainImages: noise(5000) },
      /expected an IDX file of images with magic number 0x00000803, found 0x0/,
    ],
    [
      'swapped files',
      { trainImages: trainLabels },
      /it is an IDX file of labels: are the file names swapped\?/,
    ],
    ['damaged gzip', { trainImages: flipped }, /expected a whole gzip file, found damaged data in its/],
    [
      'truncated gzip',
      { trainImages: packed.subarray(0, packed.length - 20) },
      /expected a whole gzip file.*unexpected end of file/,
    ],
    [
      'a label out of range',
      { trainLabels: idxFile([6], Uint8Array.from([0, 1, 2, 10, 1, 0])) },
      /train-labels-idx1-ubyte: expected labels 0 \.\. 9, got 10 in record 3 \(the first is 0\)/,
    ],
    [
      'counts that differ',
      { trainLabels: idxFile([5], new Uint8Array(5)) },
      /expected as many images as labels, found 6 images and 5 labels/,
    ],
    [
      'no images',
      { trainImages: idxFile([0, 28, 28], new Uint8Array()) },
      /at least one element.*0 x 28 x 28/,
    ],
    [
      'a wrong image size',
      { trainImages: idxFile([6, 8, 8], noise(384)) },
      /expected images of 28 x 28, found 8 x 8/,
    ],
  ])('names the file and the fault of %s', async (_, changes, message) => {
    const error = await failureOf(mnistFolder(changes))
    expect(error.message).toMatch(message)
    expect(error.message).toMatch(/^\/.*train-(images|labels)-idx/)
  })
})
