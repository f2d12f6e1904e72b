import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalog, type Entry } from '../../../src/core/index.ts'
import { data, Random, type Shape } from '../../../src/node.ts'
import { covariances, fitTo, normalized, seen } from './support.ts'

/** Correlated rows with scales that differ, and now and then a feature that does not vary. */
const table = fc
  .record({
    seed: fc.nat(),
    count: fc.integer({ min: 12, max: 60 }),
    size: fc.integer({ min: 2, max: 6 }),
    still: fc.integer({ min: 0, max: 9 }),
  })
  .map(({ seed, count, size, still }) => {
    const random = new Random('table', seed)
    const mix = Float64Array.from({ length: size * size }, () => random.normal())
    const offset = Float64Array.from({ length: size }, () => random.normal(0, 5))
    const rows = Float32Array.from({ length: count * size }, () => 0)
    for (let i = 0; i < count; i++) {
      const hidden = Array.from({ length: size }, () => random.normal())
      for (let j = 0; j < size; j++)
        rows[i * size + j] =
          j === still ? 2.7 : offset[j]! + hidden.reduce((sum, h, k) => sum + h * mix[j * size + k]!, 0)
    }
    return { rows, count, size, still: still < size ? still : undefined }
  })

/** All that the catalog has, and a chain. */
const all: readonly (readonly [string, data.Preprocess])[] = [
  ...(catalog('preprocessing') as readonly Entry<data.Preprocess>[]).flatMap(({ name, examples }) =>
    examples.map((example) => [`${name}, ${example.name}`, example.make()] as const),
  ),
  [
    'a chain',
    data
      .standardize()
      .andThen(data.pca({ variance: 0.95 }))
      .andThen(data.minMax()),
  ],
]

/** What float32 may lose in sums of products of the samples with the largest weights. */
function roundingOf({ maps }: data.Preprocessing, rows: Float32Array): number {
  const size = (values: Float32Array) => values.reduce((most, x) => Math.max(most, Math.abs(x)), 1)
  const weights = maps.map((map) => (map.kind === 'project' ? size(map.matrix.data) : 1))
  return 1e-6 * size(rows) * Math.max(...weights, 1)
}

describe('preprocessing of any rows', () => {
  it.each(all)('%s is the same on the host, in the graph and from a file', async (_, preprocess) => {
    await fc.assert(
      fc.asyncProperty(table, async ({ rows, count, size }) => {
        const fitted = await fitTo(preprocess, rows, [size])
        const graph = await seen(fitted, rows)
        expect(graph.length).toBe(count * fitted.outputShape[0]!)
        const host = fitted.applyTo(normalized(fitted, rows), count)
        graph.forEach((x, i) => {
          expect(Math.abs(x - host[i]!)).toBeLessThan(roundingOf(fitted, rows))
        })
        const kept = data.fromTensors(data.toTensors(fitted), fitted)
        expect(kept.applyTo(normalized(kept, rows), count)).toEqual(host)
      }),
      { numRuns: 8 },
    )
  })

  it('z-scores have mean 0 and variance 1, and what never changes is dropped', async () => {
    await fc.assert(
      fc.asyncProperty(table, async ({ rows, size, still }) => {
        const fitted = await fitTo(data.standardize(), rows, [size])
        const left = still === undefined ? size : size - 1
        expect(fitted.outputShape).toEqual([left])
        expect(fitted.notices.length).toBe(still === undefined ? 0 : 1)
        const matrix = covariances(await seen(fitted, rows), left)
        matrix.forEach((row, j) => {
          expect(row[j]).toBeCloseTo(1, 4)
        })
      }),
      { numRuns: 15 },
    )
  })

  it('whitened rows have the identity as covariance', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom('whiten', 'zca'), async ({ rows, size }, kind) => {
        const whiten = kind === 'whiten' ? data.whiten({ eps: 1e-9 }) : data.zca({ eps: 1e-9 })
        const fitted = await fitTo(data.standardize().andThen(whiten), rows, [size])
        const left = fitted.outputShape[0]!
        const matrix = covariances(await seen(fitted, rows), left)
        for (let i = 0; i < left; i++)
          for (let j = 0; j < left; j++) expect(matrix[i]![j]).toBeCloseTo(i === j ? 1 : 0, 2)
      }),
      { numRuns: 15 },
    )
  })

  it('all principal components keep the distances between samples', async () => {
    await fc.assert(
      fc.asyncProperty(table, async ({ rows, size }) => {
        const fitted = await fitTo(data.pca({ components: size }), rows, [size])
        const turned = await seen(fitted, rows)
        const distance = (x: ArrayLike<number>) =>
          Math.hypot(...Array.from({ length: size }, (_, j) => x[j]! - x[size + j]!))
        expect(distance(turned)).toBeCloseTo(distance(rows), 3)
      }),
      { numRuns: 15 },
    )
  })
})

it('the matrix of ZCA is symmetric, and its directions are those of the covariance', async () => {
  const random = new Random('zca')
  const rows = Float32Array.from({ length: 300 * 9 }, (_, i) => random.normal(0, 1 + (i % 9)))
  const { maps } = await fitTo(data.zca(), rows, [1, 3, 3])
  const [map] = maps
  expect(map?.kind).toBe('project')
  if (map?.kind !== 'project') return
  for (let i = 0; i < 9; i++)
    for (let j = 0; j < 9; j++) expect(map.matrix.data[i * 9 + j]).toBe(map.matrix.data[j * 9 + i])
  for (let i = 0; i < 9; i++) expect(map.matrix.data[i * 10]).toBeCloseTo(1 / (1 + i), 1)
})

describe('samples from a reader', () => {
  const random = new Random('reader')
  const [count, shape] = [2500, [2, 3, 3] as Shape]
  const bytes = Uint8Array.from({ length: count * 18 }, () => random.integer(256))
  const reader = {
    dtype: 'uint8' as const,
    async read(samples: Uint32Array, into: Uint8Array | Float32Array) {
      samples.forEach((sample, i) => {
        into.set(bytes.subarray(sample * 18, (sample + 1) * 18), i * 18)
      })
    },
  }
  const indices = Uint32Array.from({ length: 1700 }, (_, i) => (i * 7) % count)

  it.each([
    ['standardize', data.standardize()],
    ['minMax', data.minMax()],
    ['zca', data.standardize().andThen(data.zca())],
  ])('are fitted to as those in memory: %s', async (_, preprocess) => {
    const labels = new Int32Array(count)
    const inMemory = data.makeSplit(bytes, labels, shape)
    const fitted = await data.fitPreprocess(preprocess, data.makeSplit(reader, labels, shape), { indices })
    expect(data.toTensors(fitted)).toEqual(
      data.toTensors(await data.fitPreprocess(preprocess, inMemory, { indices })),
    )
  })

  it('only at the indices', async () => {
    const few = Uint32Array.from([3, 1, 4, 15, 9])
    const taken = data.takeSamples(data.makeSplit(bytes, new Int32Array(count), shape), few)
    const all = data.makeSplit(bytes, new Int32Array(count), shape)
    const preprocess = data.pca({ components: 3 })
    expect((await data.fitPreprocess(preprocess, all, { indices: few })).maps).toEqual(
      (await data.fitPreprocess(preprocess, taken)).maps,
    )
  })
})
