import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { GradusError } from '../../src/core/index.ts'
import { cifar10 } from '../../src/data/index.ts'
import { cifarFile, cifarFolder, type Files, folderWith, noise } from './fixtures.ts'

const load = async (files: Files) => cifar10({ dir: await folderWith(files) })
const META = 'batches.meta.txt'
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']

describe('cifar10', () => {
  it('reads five files to train on and one to test on', async () => {
    const data = await load(cifarFolder())
    expect(data).toMatchObject({ name: 'cifar10', inputShape: [3, 32, 32] })
    expect([...data.train.labels]).toEqual([1, 8, 2, 7, 3, 6, 4, 5, 5, 4])
    expect([...data.test.labels]).toEqual([0, 9])
    expect(data.train.inputs.subarray(2 * 3072, 3 * 3072)).toEqual(noise(3072, 20))
    expect(data.test.inputs.subarray(3072)).toEqual(noise(3072, 91))
    expect(data.classes[3]).toBe('cat')
  })

  it('finds the folder of the archive, gzipped files and class names', async () => {
    const files = Object.entries({ ...cifarFolder(), [META]: `${names.join('\r\n')}\n\n` })
    const inFolder = files.map(([name, content]) =>
      typeof content === 'string'
        ? [`cifar-10-batches-bin/${name}`, content]
        : [`cifar-10-batches-bin/${name}.gz`, gzipSync(content)],
    )
    const data = await load(Object.fromEntries(inFolder))
    expect(data.classes).toEqual(names)
    expect(data.train.count).toBe(10)
  })

  const whole = cifarFolder()
  const third = whole['data_batch_3.bin']!
  it.each<[string, Files, RegExp]>([
    [
      'a truncated file',
      { 'data_batch_3.bin': third.subarray(0, 4000) },
      /data_batch_3.bin: expected whole records of 3,073 bytes, found 4,000 bytes/,
    ],
    [
      'a file cut off between records',
      { 'data_batch_3.bin': third.subarray(0, 3073) },
      /data_batch_3.bin is truncated: expected 6,146 bytes.*, found 3,073/,
    ],
    [
      'trailing bytes',
      { 'data_batch_3.bin': Uint8Array.from([...third, 0]) },
      /data_batch_3.bin: .*found 6,147 bytes/,
    ],
    ['an empty file', { 'test_batch.bin': '' }, /test_batch.bin: expected data, found an empty file/],
    [
      'a label out of range',
      { 'data_batch_3.bin': cifarFile([1, 10]) },
      /data_batch_3.bin: expected labels 0 \.\. 9, got 10 in record 1/,
    ],
    ['too few class names', { [META]: 'cat\ndog\n' }, /batches.meta.txt: expected 10 class names.*found 2/],
  ])('names the file and the fault of %s', async (_, changes, message) => {
    const loading = load({ ...cifarFolder(), ...changes })
    await expect(loading).rejects.toThrow(message)
    await expect(loading).rejects.toBeInstanceOf(GradusError)
  })

  it('says where a missing file can be had', async () => {
    const { 'data_batch_2.bin': _, ...files } = cifarFolder()
    await expect(load(files)).rejects.toThrow(/cifar10: no file "data_batch_2.bin".*cifar-10-binary.tar.gz/s)
  })
})
