import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isReader,
  joinSplits,
  type MemorySplit,
  makeSplit,
  splitDataset,
  splitFolds,
  splitValidation,
} from '../../src/data/index.ts'

/** Samples that are their own numbers. */
function numbered(labels: Int32Array | Float32Array, groups?: Int32Array) {
  const split = makeSplit(
    Float32Array.from(labels, (_, i) => i),
    labels,
    [1],
  )
  return groups ? { ...split, groups } : split
}

const counts = (labels: ArrayLike<number>, samples: Uint32Array, classes: number) =>
  Array.from({ length: classes }, (_, c) => samples.filter((i) => labels[i] === c).length)

describe('splitFolds', () => {
  it('validates on every sample once, with every class in proportion (100 cases)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.array(fc.integer({ min: 6, max: 30 }), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (k, sizes, seed) => {
          const labels = Int32Array.from(sizes.flatMap((size, c) => new Array<number>(size).fill(c)))
          const folds = splitFolds(numbered(labels), k, { seed })
          expect(folds.flatMap(({ validation }) => [...validation]).sort((a, b) => a - b)).toEqual([
            ...labels.keys(),
          ])
          for (const { train, validation } of folds) {
            expect(train.length + validation.length).toBe(labels.length)
            expect(Math.abs(validation.length - labels.length / k)).toBeLessThan(1)
            counts(labels, validation, sizes.length).forEach((n, c) => {
              expect(Math.abs(n - sizes[c]! / k)).toBeLessThan(1)
            })
          }
        },
      ),
    )
  })

  it('is a function of the seed', () => {
    const split = numbered(Int32Array.from({ length: 40 }, (_, i) => i % 2))
    expect(splitFolds(split, 4, { seed: 1 })).toEqual(splitFolds(split, 4, { seed: 1 }))
    expect(splitFolds(split, 4, { seed: 1 })).not.toEqual(splitFolds(split, 4, { seed: 2 }))
  })

  it('says what is wrong', () => {
    const split = numbered(Int32Array.from([0, 0, 0, 1, 1]))
    expect(() => splitFolds(split, 3)).toThrow(
      'at least 3 samples of each class, one for each fold, got 2 of class 1',
    )
    expect(() => splitFolds(split, 1)).toThrow('from 2 to 255, got 1')
    const grouped = numbered(Int32Array.from([0, 1, 0, 1]), Int32Array.from([7, 7, 8, 8]))
    expect(() => splitFolds(grouped, 3)).toThrow('expected at least 3 groups, one for each part, got 2')
  })
})

describe('groups', () => {
  it('stay on one side, with shares near those asked for (100 cases)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 2 })), {
          minLength: 12,
          maxLength: 60,
        }),
        fc.nat(),
        (members, seed) => {
          const rows = members.flatMap(([size, label], g) => new Array(size).fill([g, label]) as number[][])
          const groups = Int32Array.from(rows, ([g]) => g!)
          const labels = Int32Array.from(rows, ([, label]) => label!)
          for (const { train, validation } of splitFolds(numbered(labels, groups), 3, { seed })) {
            const sides = new Set([...train].map((i) => groups[i]))
            expect([...validation].some((i) => sides.has(groups[i]))).toBe(false)
            expect(validation.length).toBeGreaterThan(0)
          }
          const { train, validation } = splitValidation(numbered(labels, groups), { fraction: 0.25, seed })
          const sides = new Set([...train].map((i) => groups[i]))
          expect([...validation].some((i) => sides.has(groups[i]))).toBe(false)
          expect(Math.abs(validation.length - rows.length / 4)).toBeLessThanOrEqual(
            Math.max(6, rows.length / 10),
          )
        },
      ),
    )
  })

  it('go along when samples are taken', () => {
    const groups = Int32Array.from({ length: 20 }, (_, i) => i >> 1)
    const samples = makeSplit(
      new Float32Array(20),
      Int32Array.from({ length: 20 }, (_, i) => (i >> 1) % 2),
      [1],
    )
    const { train, test } = splitDataset({
      name: 'pairs',
      samples: { ...samples, groups },
      inputRange: [0, 1],
      classes: ['a', 'b'],
    })
    expect(train.groups!.length).toBe(train.count)
    expect(test.groups!.filter((g) => train.groups!.includes(g))).toEqual(new Int32Array(0))
  })
})

describe('splitDataset', () => {
  it('sets a stratified fifth apart', () => {
    const samples = numbered(Int32Array.from({ length: 50 }, (_, i) => (i < 40 ? 0 : 1))) as ReturnType<
      typeof makeSplit<Float32Array, Int32Array>
    >
    const { train, test, task } = splitDataset({
      name: 'x',
      samples,
      inputRange: [0, 50],
      classes: ['a', 'b'],
    })
    expect([task, train.count, test.count]).toEqual(['classification', 40, 10])
    expect(test.labels.filter((label) => label === 1).length).toBe(2)
    expect([...train.inputs, ...test.inputs].sort((a, b) => a - b)).toEqual([...samples.inputs])
  })

  it('keeps the numbers to predict with their samples', () => {
    const inputs = Float32Array.from({ length: 10 }, (_, i) => i)
    const labels = Float32Array.from({ length: 20 }, (_, i) => i * 5)
    const samples = makeSplit(inputs, labels, [1])
    const made = splitDataset({ name: 'x', samples, inputRange: [0, 10], targets: ['a', 'b'], test: 0.3 })
    expect(made).toMatchObject({ task: 'regression', test: { count: 3 }, train: { count: 7 } })
    made.test.inputs.forEach((number, i) => {
      expect([...made.test.labels.subarray(2 * i, 2 * i + 2)]).toEqual([number * 10, number * 10 + 5])
    })
    expect(() => splitDataset({ name: 'x', samples, inputRange: [0, 1], targets: ['a'] })).toThrow(
      'x train: expected 1 numbers per sample (a), got 2',
    )
  })
})

describe('joinSplits', () => {
  it('has the samples of both, one after the other, in memory and read', async () => {
    const [a, b] = [3, 2].map((count, side) => ({
      ...makeSplit(
        Float32Array.from({ length: 2 * count }, (_, i) => 10 * side + i),
        Int32Array.from({ length: count }, (_, i) => i % 2),
        [2],
      ),
      nameOf: (i: number) => `${side}/${i}`,
    })) as [MemorySplit, MemorySplit]
    const both = joinSplits(a, b)
    expect([...(both.inputs as Float32Array)]).toEqual([0, 1, 2, 3, 4, 5, 10, 11, 12, 13])
    expect([[...both.labels], both.count, both.nameOf!(2), both.nameOf!(3)]).toEqual([
      [0, 1, 0, 0, 1],
      5,
      '0/2',
      '1/0',
    ])
    const reader = ({ inputs }: MemorySplit) => ({
      dtype: 'float32' as const,
      async read(samples: Uint32Array, into: Uint8Array | Float32Array) {
        samples.forEach((sample, i) => {
          into.set(inputs.subarray(2 * sample, 2 * sample + 2), 2 * i)
        })
      },
    })
    const read = joinSplits({ ...a, inputs: reader(a) }, { ...b, inputs: reader(b) })
    const into = new Float32Array(6)
    if (!isReader(read.inputs)) return expect.unreachable('it is in memory')
    await read.inputs.read(Uint32Array.of(4, 0, 3), into)
    expect([...into]).toEqual([12, 13, 0, 1, 10, 11])
    expect(() => joinSplits(a, { ...b, inputs: reader(b) })).toThrow('got some of each')
    expect(() => joinSplits(a, makeSplit(new Float32Array(3), new Int32Array(1), [3]))).toThrow(
      'samples alike',
    )
  })
})
