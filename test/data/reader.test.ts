import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  type Batch,
  chunksOf,
  loader,
  makeSplit,
  prefetch,
  type SampleReader,
  takeSamples,
} from '../../src/data/index.ts'
import { noise } from './fixtures.ts'

const COUNT = 23
const SHAPE = [2, 3, 1]
const bytes = noise(COUNT * 6)
const labels = Int32Array.from({ length: COUNT }, (_, i) => i % 4)

/** Reads from memory, but not at once. */
const slow = (log: number[][] = []): SampleReader => ({
  dtype: 'uint8',
  async read(samples, into) {
    log.push([...samples])
    await sleep(1)
    samples.forEach((sample, i) => {
      into.set(bytes.subarray(sample * 6, sample * 6 + 6), i * 6)
    })
  },
})

async function batchesOf(source: Iterable<Batch> | AsyncIterable<Batch>) {
  const seen: unknown[] = []
  for await (const { inputs, labels, samples, count } of source)
    seen.push([[...inputs], [...labels], [...samples], count])
  return seen
}

describe('samples that are read', () => {
  const inMemory = makeSplit(bytes, labels, SHAPE)
  const read = makeSplit(slow(), labels, SHAPE)
  const normalizer = { mean: [100, 90], std: [50, 60] }

  it('come in the same batches as those in memory', async () => {
    for (const options of [
      { batchSize: 5, seed: 3 },
      { batchSize: 4, normalizer, dropLast: true },
    ]) {
      const expected = await batchesOf(loader(inMemory, 'all', options).batches(2, 1))
      expect(await batchesOf(prefetch(loader(read, 'all', options).batches(2, 1)))).toEqual(expected)
    }
  })

  it('are read while the step before goes on, only those that are real', async () => {
    const log: number[][] = []
    const source = loader(makeSplit(slow(log), labels, SHAPE), 'all', { batchSize: 9, shuffle: false })
    const seen: number[] = []
    for await (const { count } of prefetch(source.batches(0))) {
      seen.push(count)
      // Read so far: this batch and the next.
      expect(log.length).toBe(Math.min(seen.length + 1, 3))
    }
    expect(seen).toEqual([9, 9, 5])
    expect(log[2]).toEqual([18, 19, 20, 21, 22])
  })

  it('keep their errors, at their batch', async () => {
    const broken: SampleReader = {
      dtype: 'uint8',
      read: async (samples) => {
        if (samples.includes(7)) throw new Error('sample 7 is damaged')
      },
    }
    const source = loader(makeSplit(broken, labels, SHAPE), 'all', { batchSize: 4, shuffle: false })
    const batches = prefetch(source.batches(0))
    expect((await batches.next()).done).toBe(false)
    await expect(batches.next()).rejects.toThrow('sample 7 is damaged')
  })

  it('can be taken under other numbers', async () => {
    const chosen = Uint32Array.from([4, 0, 22])
    const expected = await batchesOf(
      loader(takeSamples(inMemory, chosen), 'all', { batchSize: 3 }).batches(0),
    )
    expect(await batchesOf(loader(takeSamples(read, chosen), 'all', { batchSize: 3 }).batches(0))).toEqual(
      expected,
    )
  })

  it('can be gone through in chunks', async () => {
    for (const split of [inMemory, read]) {
      const seen: number[] = []
      for await (const { inputs, samples } of chunksOf(split, Uint32Array.from([3, 1])))
        samples.forEach((sample, i) => {
          expect(inputs.subarray(i * 6, i * 6 + 6)).toEqual(bytes.subarray(sample * 6, sample * 6 + 6))
          seen.push(sample)
        })
      expect(seen).toEqual([3, 1])
    }
  })
})

describe('numbers to predict', () => {
  const targets = Float32Array.from({ length: 2 * COUNT }, (_, i) => i)
  const split = makeSplit(bytes, targets, SHAPE)

  it('come standardized', () => {
    const source = loader(split, 'all', {
      batchSize: 4,
      shuffle: false,
      targets: { mean: [4, 1], std: [2, 4] },
    })
    const first = source.batches(0).next().value
    expect([...first!.labels]).toEqual([-2, 0, -1, 0.5, 0, 1, 1, 1.5])
  })
})

describe('sampling', () => {
  it('chooses the samples of each epoch', () => {
    const sampling = {
      name: 'pairs',
      count: () => 4,
      fill: (into: Uint32Array, indices: Uint32Array) =>
        into.set([indices[1]!, indices[1]!, indices[0]!, indices[2]!]),
    }
    const source = loader(makeSplit(bytes, labels, SHAPE), Uint32Array.from([5, 9, 13]), {
      batchSize: 2,
      sampling,
    })
    expect([source.samplesPerEpoch, source.batchesPerEpoch]).toEqual([4, 2])
    expect([...source.batches(0)].flatMap(({ samples }) => [...samples])).toEqual([9, 9, 5, 13])
  })
})
