import { describe, expect, it } from 'vitest'
import { Random } from '../../src/core/index.ts'

const draws = (n: number, draw: () => number) => Array.from({ length: n }, draw)
const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length
const variance = (numbers: readonly number[]) => mean(numbers.map((x) => (x - mean(numbers)) ** 2))

describe('Random', () => {
  it('is a function of its key', () => {
    const bits = (...key: (number | string)[]) => draws(4, () => new Random(...key).bits())
    expect(bits(1, 'mask', 7)).toEqual(bits(1, 'mask', 7))
    const keys = [[0], [1], ['1'], [1, 2], [12], ['a', 'b'], ['ab'], [1, 'a'], ['1a']]
    expect(new Set(keys.map((key) => bits(...key)[0])).size).toBe(keys.length)
  })

  it('gives the same numbers on every platform', () => {
    const random = new Random(42, 'fixed')
    expect(draws(4, () => random.bits())).toMatchInlineSnapshot(`
      [
        3487763403,
        1176994146,
        2698322038,
        1767013424,
      ]
    `)
  })

  // Bounds of 5 standard errors: each fails once in two million seeds.
  const n = 20_000
  it.each([0, 1, 2, 3, 4])('has the moments of its distributions, seed %i', (seed) => {
    const random = new Random(seed)
    const uniform = draws(n, () => random.uniform(2, 6))
    expect(Math.abs(mean(uniform) - 4)).toBeLessThan((5 * Math.sqrt(16 / 12)) / Math.sqrt(n))
    expect(uniform.every((x) => x >= 2 && x < 6)).toBe(true)
    const normal = draws(n, () => random.normal(1, 3))
    expect(Math.abs(mean(normal) - 1)).toBeLessThan((5 * 3) / Math.sqrt(n))
    expect(Math.abs(variance(normal) / 9 - 1)).toBeLessThan(5 * Math.sqrt(2 / n))
    const counts = new Array<number>(7).fill(0)
    for (let i = 0; i < n; i++) counts[random.integer(7)]!++
    const chi2 = counts.reduce((sum, count) => sum + (count - n / 7) ** 2 / (n / 7), 0)
    expect(chi2).toBeLessThan(35) // 6 degrees of freedom: exceeded once in 250,000
  })

  it('streams of neighboring steps are not correlated', () => {
    const first = draws(n, () => 0).map((_, step) => new Random(0, 'mask', step).uniform() - 0.5)
    const products = first.slice(1).map((x, i) => x * first[i]!)
    expect(Math.abs(mean(products))).toBeLessThan(5 / 12 / Math.sqrt(n))
    expect(Math.abs(mean(first))).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(n))
  })

  it.each([0, 1, 2, 7])('fills %i places with what single draws give', (length) => {
    for (const before of [0, 1]) {
      const [one, many] = [new Random(5), new Random(5)]
      for (const random of [one, many]) draws(before, () => random.normal())
      const filled = new Float64Array(length)
      many.fillNormal(filled, 1, 3)
      expect([...filled]).toEqual(draws(length, () => one.normal(1, 3)))
      expect(many.normal()).toBe(one.normal())
    }
  })

  it('shuffles: a permutation, each element equally often in each place', () => {
    const random = new Random(3)
    expect([...random.permutation(100)].sort((a, b) => a - b)).toEqual(draws(100, () => 0).map((_, i) => i))
    const counts = new Array<number>(25).fill(0)
    for (let k = 0; k < 5000; k++) {
      for (const [place, value] of random.permutation(5).entries()) counts[place * 5 + value]!++
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000))
  })

  it('refuses a range that it cannot cover', () => {
    expect(() => new Random(0).integer(0)).toThrow('integer(n) needs 1 <= n <= 2^32, got 0')
  })
})
