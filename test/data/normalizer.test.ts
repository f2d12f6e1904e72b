import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../src/core/index.ts'
import { fitNormalizer, loader, type MemorySplit, makeSplit } from '../../src/data/index.ts'
import { noise } from './fixtures.ts'

/** The values of a channel in the first batch of a loader that takes all samples. */
function valuesOf(
  split: MemorySplit,
  channel: number,
  normalizer?: ReturnType<typeof fitNormalizer>,
): number[] {
  const options = { batchSize: split.count, shuffle: false, ...(normalizer && { normalizer }) }
  const { inputs } = [...loader(split, 'all', options).batches(0)][0]!
  const plane = split.shape[1]! * split.shape[2]!
  return [...inputs].filter((_, i) => Math.floor(i / plane) % split.shape[0]! === channel)
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
const variance = (values: readonly number[]) => mean(values.map((value) => (value - mean(values)) ** 2))

const images = (inputs: Uint8Array | Float32Array, count: number, shape = [3, 5, 3]) =>
  makeSplit(inputs, new Int32Array(count), shape)

describe('fitNormalizer', () => {
  const random = new Random('normalizer')
  const floats = Float32Array.from({ length: 20 * 45 }, () => random.normal(7, 3))

  it.each([
    ['bytes', images(noise(20 * 45), 20)],
    ['floats', images(floats, 20)],
  ])('standardizes %s', (_, split) => {
    const fitted = fitNormalizer(split)
    expect(fitted.notices).toEqual([])
    for (const channel of [0, 1, 2]) {
      const raw = valuesOf(split, channel)
      expect(fitted.mean[channel]).toBeCloseTo(mean(raw), 10)
      expect(fitted.std[channel]).toBeCloseTo(Math.sqrt(variance(raw)), 10)
      const values = valuesOf(split, channel, fitted)
      expect(mean(values)).toBeCloseTo(0, 6)
      expect(variance(values)).toBeCloseTo(1, 6)
    }
  })

  it('is exact for bytes', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(bytes, (values) => {
        const fitted = fitNormalizer(makeSplit(values, new Int32Array(values.length), [1]))
        const n = BigInt(values.length)
        const [sum, squares] = [...values].reduce(([s, q], v) => [s + v, q + v * v], [0, 0])
        const exact = Number(n * BigInt(squares!) - BigInt(sum!) ** 2n) / values.length ** 2
        expect(fitted.mean).toEqual([sum! / values.length])
        expect(fitted.std).toEqual([exact === 0 ? 1 : Math.sqrt(exact)])
      }),
    )
  })

  it('looks only at the samples that it is told to', () => {
    const all = images(noise(20 * 45), 20)
    const half = images(all.inputs.slice(10 * 45), 10)
    const indices = Uint32Array.from({ length: 10 }, (_, i) => 19 - i)
    expect(fitNormalizer(all, indices)).toEqual(fitNormalizer(half))
  })

  it.each([
    ['bytes', Uint8Array.from([3, 1, 3, 2, 3, 3]), 3],
    ['floats', Float32Array.from([0.1, 1, 0.1, 2, 0.1, 3]), Math.fround(0.1)],
  ])('leaves a constant channel of %s at std 1, with a notice', (_, inputs, value) => {
    const { std, mean, notices } = fitNormalizer(images(inputs, 3, [2, 1, 1]))
    expect(std[0]).toBe(1)
    expect(mean[0]).toBe(value)
    expect(std[1]).toBeCloseTo(Math.sqrt(2 / 3), 12)
    expect(notices).toEqual([`channel 0 is ${value} in all 3 samples; its std is set to 1`])
  })

  it('names a channel that is not finite', () => {
    const inputs = Float32Array.from([1, 2, 3, Number.NaN])
    expect(() => fitNormalizer(images(inputs, 2, [2, 1, 1]))).toThrow(
      'channel 1 has an input that is not finite',
    )
  })

  it('survives JSON', () => {
    const fitted = fitNormalizer(images(noise(20 * 45), 20))
    expect(JSON.parse(JSON.stringify(fitted))).toEqual(fitted)
  })
})
