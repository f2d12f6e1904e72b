import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { chunksOf, fromIterable, type Sample, type Split } from '../../src/data/index.ts'

async function* rows(
  count: number,
  more: (i: number) => Partial<Sample> = () => ({}),
): AsyncGenerator<Sample> {
  for (let i = 0; i < count; i++) {
    if (i % 50 === 0) await sleep(0)
    yield { input: [i, i + 0.5, -i], label: i % 3 === 0 ? 'fizz' : 'buzz', ...more(i) }
  }
}

const valuesOf = async (split: Split): Promise<number[]> => {
  const all: number[] = []
  for await (const { inputs } of chunksOf(split)) all.push(...inputs)
  return all
}

const options = { name: 'rows', shape: [3] }

describe('fromIterable', () => {
  it('keeps every sample with its label', async () => {
    const set = await fromIterable(rows(300), options)
    expect(set).toMatchObject({
      task: 'classification',
      classes: ['buzz', 'fizz'],
      inputShape: [3],
      inputRange: [-299, 299.5],
    })
    const seen: number[] = []
    for (const split of [set.train, set.test]) {
      const values = await valuesOf(split)
      split.labels.forEach((label, row) => {
        const [i, half, minus] = values.slice(row * 3, row * 3 + 3)
        expect([half, minus! + 0, label]).toEqual([i! + 0.5, 0 - i!, i! % 3 === 0 ? 1 : 0])
        seen.push(i!)
      })
    }
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i))
  })

  it('takes pixels, groups, numbers to predict, plain arrays, and stops where it is told', async () => {
    const pixels = [1, 2, 3, 4, 5, 6].map((v) => ({ input: [v, 255 - v], label: v % 2, group: v >> 1 }))
    const set = await fromIterable(pixels, { name: 'p', shape: [2], dtype: 'uint8', test: 0.4 })
    expect([set.inputRange, set.train.groups!.length + set.test.groups!.length]).toEqual([[0, 255], 6])
    const numbers = await fromIterable(
      rows(1e9, (i) => ({ label: [i, 2 * i] })),
      { ...options, task: 'regression', limit: 40 },
    )
    expect(numbers).toMatchObject({
      task: 'regression',
      targets: ['y0', 'y1'],
      train: { count: 32 },
      test: { count: 8 },
    })
    const values = await valuesOf(numbers.test)
    expect([...numbers.test.labels]).toEqual(
      Array.from({ length: 8 }, (_, i) => [values[3 * i]!, 2 * values[3 * i]!]).flat(),
    )
  })

  it('keeps memory flat', async () => {
    const big = Float32Array.from({ length: 5000 }, (_, i) => i)
    function* many() {
      for (let i = 0; i < 8000; i++) yield { input: big, label: i % 2 }
    }
    const before = process.memoryUsage()
    const set = await fromIterable(many(), { name: 'big', shape: [5000] })
    const after = process.memoryUsage()
    // 160 MB of samples went through.
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(30e6)
    expect(set.train.count).toBe(6400)
  })

  it.each([
    [
      () => rows(3, (i) => (i === 2 ? { input: [1] } : {})),
      {},
      'rows, sample 2: expected an input of 3 numbers, got 1',
    ],
    [
      () => rows(3, (i) => (i === 1 ? { input: [1, Number.NaN, 2] } : {})),
      {},
      'rows, sample 1: expected finite numbers, got NaN at 1',
    ],
    [() => rows(3), { dtype: 'uint8' }, 'sample 0: expected whole numbers 0 .. 255, got 0.5 at 1'],
    [() => rows(3), { classes: ['fizz'] }, 'rows, sample 1: expected one of the classes fizz, got "buzz"'],
    [() => rows(3), { task: 'regression' }, 'rows, sample 0: expected numbers to predict, got "fizz"'],
    [
      () => rows(3, (i) => (i > 0 ? { group: 1 } : {})),
      {},
      'rows, sample 1: expected a group with every sample or with none',
    ],
    [() => rows(0), {}, 'rows: expected samples, but the source gave none'],
    [() => rows(3), { sahpe: 3 }, 'did you mean "shape"'],
  ] as const)('says what is wrong (%#)', async (source, more, message) => {
    await expect(fromIterable(source(), { ...options, ...(more as object) })).rejects.toThrow(message)
  })

  it('gives on what the source throws', async () => {
    async function* broken() {
      yield* rows(2)
      throw new Error('the database went away')
    }
    await expect(fromIterable(broken(), options)).rejects.toThrow('the database went away')
  })
})
