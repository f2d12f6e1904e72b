import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GradusError } from '../../src/core/index.ts'
import { parseIdx } from '../../src/data/idx.ts'
import { cifar10, mnist } from '../../src/data/index.ts'
import { cifarFolder, folderWith, mnistFiles, mnistFolder, mnistNames } from './fixtures.ts'

/** The bytes with some changed, cut off or added. */
const damaged = (bytes: Uint8Array, where = bytes.length) => {
  const changes = fc.array(fc.tuple(fc.nat(where - 1), fc.nat(255)), { maxLength: 3 })
  const ends = fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length + 3))
  return fc.tuple(changes, ends).map(([edits, length]) => {
    const result = new Uint8Array(length)
    result.set(bytes.subarray(0, length))
    for (const [at, value] of edits) if (at < length) result[at] = value
    return result
  })
}

/** What `make` gives, or undefined if it fails as it should. */
async function attempt<T>(make: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await make()
  } catch (error) {
    expect(error).toBeInstanceOf(GradusError)
    return undefined
  }
}

describe('a damaged file is an error, or is what it says', () => {
  const { trainImages, trainLabels } = mnistFiles()

  it('IDX (500 files)', async () => {
    const file = fc.oneof(damaged(trainLabels), damaged(trainImages, 20))
    await fc.assert(
      fc.asyncProperty(file, async (bytes) => {
        for (const rank of [1, 3]) {
          const array = await attempt(() => parseIdx({ path: 'x', bytes }, rank))
          if (!array) continue
          const header = 4 + 4 * rank
          expect(array.shape).toHaveLength(rank)
          expect(array.data.length).toBe(array.shape.reduce((a, b) => a * b, 1))
          expect(array.data).toEqual(bytes.subarray(header))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('MNIST labels, plain (150 files)', async () => {
    const dir = await folderWith(mnistFolder())
    await fc.assert(
      fc.asyncProperty(damaged(trainLabels), async (bytes) => {
        await writeFile(join(dir, mnistNames.trainLabels), bytes)
        const data = await attempt(() => mnist({ dir }))
        if (!data) return
        expect(data.train.labels).toEqual(Int32Array.from(bytes.subarray(8)))
        expect(Math.max(...data.train.labels)).toBeLessThan(10)
      }),
      { numRuns: 150 },
    )
  })

  it('MNIST images, gzipped (150 files)', async () => {
    const dir = await folderWith(mnistFolder())
    await fc.assert(
      fc.asyncProperty(damaged(gzipSync(trainImages)), async (bytes) => {
        await writeFile(join(dir, mnistNames.trainImages), bytes)
        const data = await attempt(() => mnist({ dir }))
        if (data) expect(data.train.inputs).toEqual(trainImages.subarray(16))
      }),
      { numRuns: 150 },
    )
  })

  it('CIFAR-10 (100 files)', async () => {
    const files = cifarFolder()
    const dir = await folderWith(files)
    const name = 'data_batch_1.bin'
    await fc.assert(
      fc.asyncProperty(damaged(files[name]!), async (bytes) => {
        await writeFile(join(dir, name), bytes)
        const data = await attempt(() => cifar10({ dir }))
        if (!data) return
        expect([...data.train.labels.subarray(0, 2)]).toEqual([bytes[0], bytes[3073]])
        expect(data.train.inputs.subarray(3072, 6144)).toEqual(bytes.subarray(3074))
      }),
      { numRuns: 100 },
    )
  })
})
