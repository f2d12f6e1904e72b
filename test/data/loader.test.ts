import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Batch,
  type LoaderOptions,
  loader,
  makeDataset,
  makeSplit,
  takeSamples,
} from '../../src/data/index.ts'

/** Samples of two channels whose first value, and label, is their number. */
const numbered = (count: number) =>
  makeSplit(
    Float32Array.from({ length: count * 4 }, (_, i) => (i % 4 === 0 ? i / 4 : 0.5)),
    Int32Array.from({ length: count }, (_, i) => i),
    [2, 1, 2],
  )

/** The sample numbers of the real rows of each batch, by inputs; they must agree with the labels. */
function numbersOf(batches: Iterable<Batch>): number[][] {
  return Array.from(batches, ({ inputs, labels, count }) => {
    const numbers = Array.from(labels, (_, row) => inputs[row * 4]!)
    expect(numbers).toEqual([...labels])
    return numbers.slice(0, count)
  })
}

const epochOf = (count: number, options: LoaderOptions, epoch = 0, fromStep = 0) =>
  numbersOf(loader(numbered(count), 'all', options).batches(epoch, fromStep))

describe('loader', () => {
  const sizes = fc.record({
    count: fc.integer({ min: 1, max: 40 }),
    batchSize: fc.integer({ min: 1, max: 50 }),
  })

  it('covers each sample once an epoch, in batches of one size', () => {
    fc.assert(
      fc.property(sizes, fc.boolean(), fc.nat(9), ({ count, batchSize }, shuffle, epoch) => {
        const batches = epochOf(count, { batchSize, shuffle }, epoch)
        expect(batches.flat().sort((a, b) => a - b)).toEqual([...Array(count).keys()])
        for (const batch of batches.slice(0, -1)) expect(batch).toHaveLength(batchSize)
      }),
    )
  })

  it('drops the last batch if asked to, and never repeats a sample', () => {
    fc.assert(
      fc.property(sizes, ({ count, batchSize }) => {
        fc.pre(batchSize <= count)
        const source = loader(numbered(count), 'all', { batchSize, dropLast: true })
        const batches = numbersOf(source.batches(0))
        expect(batches).toHaveLength(Math.floor(count / batchSize))
        expect(batches).toHaveLength(source.batchesPerEpoch)
        expect(new Set(batches.flat()).size).toBe(source.samplesPerEpoch)
        for (const batch of batches) expect(batch).toHaveLength(batchSize)
      }),
    )
  })

  it('fills a last batch by repeating its samples', () => {
    const source = loader(numbered(8), 'all', { batchSize: 5, shuffle: false })
    const last = [...source.batches(0)][1]!
    expect(last.count).toBe(3)
    expect([...last.labels]).toEqual([5, 6, 7, 5, 6])
    expect(source.inputShape).toEqual([5, 2, 1, 2])
  })

  it('orders by seed and epoch alone', () => {
    const order = (seed: number, epoch: number) => epochOf(50, { batchSize: 7, seed }, epoch).flat().join()
    expect(order(1, 3)).toBe(order(1, 3))
    expect(order(1, 3)).not.toBe(order(2, 3))
    expect(order(1, 3)).not.toBe(order(1, 4))
    const source = loader(numbered(50), 'all', { batchSize: 7, seed: 1 })
    for (const epoch of [5, 0, 3])
      expect(numbersOf(source.batches(epoch)).flat().join()).toBe(order(1, epoch))
  })

  it('starts at a step as if the steps before had been taken', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ({ count, batchSize }, at) => {
        const whole = epochOf(count, { batchSize, seed: 4 }, 2)
        const step = at % (whole.length + 1)
        expect(epochOf(count, { batchSize, seed: 4 }, 2, step)).toEqual(whole.slice(step))
      }),
    )
  })

  it('keeps to the indices given, in their order without shuffling', () => {
    const indices = Uint32Array.from([9, 2, 5, 2])
    const take = (shuffle: boolean) =>
      numbersOf(loader(numbered(10), indices, { batchSize: 4, shuffle }).batches(0))
    expect(take(false)).toEqual([[9, 2, 5, 2]])
    expect(take(true)[0]!.sort()).toEqual([2, 2, 5, 9])
    expect([...indices]).toEqual([9, 2, 5, 2])
  })

  it('writes into two sets of buffers in turn, in every epoch', () => {
    const source = loader(numbered(12), 'all', { batchSize: 4 })
    const buffers = [0, 1].flatMap((epoch) => Array.from(source.batches(epoch), ({ inputs }) => inputs))
    expect(new Set(buffers).size).toBe(2)
    expect(buffers[0]).not.toBe(buffers[1])
  })

  it('writes into buffers of the caller', () => {
    const source = loader(numbered(10), 'all', { batchSize: 4, shuffle: false })
    const mine = source.allocate()
    expect(source.read(0, 2, mine)).toBe(2)
    expect([...mine.labels]).toEqual([8, 9, 8, 9])
    expect([...mine.samples]).toEqual([8, 9, 8, 9])
    const short = { ...mine, inputs: new Float32Array(3) }
    expect(() => source.read(0, 0, short)).toThrow('expected buffers made by allocate()')
    expect(() => source.read(0, 3, mine)).toThrow('expected a step 0 .. 2, got 3')
  })

  it('standardizes bytes and floats alike', () => {
    const bytes = Uint8Array.from({ length: 24 }, (_, i) => i * 10)
    const normalizer = { mean: [100, 7.5], std: [20, 3] }
    const expected = Array.from(bytes, (v, i) => {
      const channel = Math.floor(i / 2) % 2
      return Math.fround((v - normalizer.mean[channel]!) / normalizer.std[channel]!)
    })
    for (const inputs of [bytes, Float32Array.from(bytes)]) {
      const split = makeSplit(inputs, new Int32Array(6), [2, 1, 2])
      const source = loader(split, 'all', { batchSize: 6, shuffle: false, normalizer })
      expect([...[...source.batches(0)][0]!.inputs]).toEqual(expected)
    }
  })

  it.each<[LoaderOptions, string]>([
    [{ batchSize: 0 }, 'expected a batchSize of at least 1, got 0'],
    [{ batchSize: 2.5 }, 'expected a batchSize of at least 1, got 2.5'],
    [{ batchSize: 11, dropLast: true }, 'expected a batchSize of at most 10, the number of samples, got 11'],
    [
      { batchSize: 2, normalizer: { mean: [1], std: [1] } },
      'expected a mean and a std for 2 channels, got 1 and 1',
    ],
    [{ batchSize: 2, normalizer: { mean: [1, 1], std: [1, 0] } }, 'got 1 and 0 for channel 1'],
  ])('refuses %j', (options, message) => {
    expect(() => loader(numbered(10), 'all', options)).toThrow(message)
  })

  it('refuses indices, epochs and steps that are not there', () => {
    const at = (...indices: number[]) => loader(numbered(4), Uint32Array.from(indices), { batchSize: 1 })
    expect(() => at()).toThrow('loader: expected at least one index, got none')
    expect(() => at(0, 4)).toThrow('loader: index 4 is past the 4 samples of the split')
    expect(() => at(0, 1).batches(0, 3)).toThrow('expected to start at a step 0 .. 2 of the epoch, got 3')
    expect(() => at(0, 1).batches(-1)).toThrow('expected an epoch of at least 0, got -1')
  })
})

describe('data in memory', () => {
  it('refuses inputs that do not fit the labels', () => {
    expect(() => makeSplit(new Uint8Array(7), new Int32Array(2), [1, 2, 2], 'mine')).toThrow(
      'mine: 2 labels with samples of shape [1, 2, 2] need 8 input values, got 7',
    )
    expect(() => makeSplit(new Uint8Array(0), new Int32Array(0), [1])).toThrow('expected at least one sample')
  })

  it('checks labels and shapes of a data set', () => {
    const [train, test] = [numbered(3), numbered(4)]
    const rest = { name: 'mine', inputRange: [0, 1] as const, classes: ['a', 'b', 'c'] }
    expect(() => makeDataset({ ...rest, train, test })).toThrow(
      'mine test: expected labels 0 .. 2, got 3 in record 3',
    )
    const flat = makeSplit(new Float32Array(3), new Int32Array(3), [1])
    expect(() => makeDataset({ ...rest, train, test: flat })).toThrow('test samples [1]')
    expect(makeDataset({ ...rest, train, test: train })).toMatchObject({
      inputShape: [2, 1, 2],
      task: 'classification',
    })
  })

  it('takes samples into a split of their own', () => {
    const taken = takeSamples(numbered(5), Uint32Array.from([4, 1]))
    expect([...taken.labels]).toEqual([4, 1])
    expect([...taken.inputs]).toEqual([4, 0.5, 0.5, 0.5, 1, 0.5, 0.5, 0.5])
  })
})
