import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeSplit, splitValidation } from '../../src/data/index.ts'

const splitOf = (labels: readonly number[]) =>
  makeSplit(new Uint8Array(labels.length), Int32Array.from(labels), [1])
const count = (labels: readonly number[], label: number) => labels.filter((l) => l === label).length

describe('splitValidation', () => {
  it('divides the samples, each class in proportion', () => {
    const labels = fc.array(fc.nat(4), { minLength: 1, maxLength: 200 }).map((list) => [...list, ...list])
    const fraction = fc.double({ min: 0.01, max: 0.99, noNaN: true })
    fc.assert(
      fc.property(labels, fraction, fc.nat(), (list, part, seed) => {
        const { train, validation } = splitValidation(splitOf(list), { fraction: part, seed })
        expect([...train, ...validation].sort((a, b) => a - b)).toEqual([...list.keys()])
        expect([...train]).toEqual([...train].sort((a, b) => a - b))
        const held = [...validation].map((i) => list[i]!)
        for (const label of new Set(list)) {
          const n = count(list, label)
          const here = count(held, label)
          expect(here).toBeGreaterThanOrEqual(1)
          expect(here).toBeLessThan(n)
          if (part * n >= 1 && part * n <= n - 1) expect(Math.abs(here - part * n)).toBeLessThan(1.6)
        }
      }),
    )
  })

  it('takes a tenth by default, and exactly that where the classes are large', () => {
    const labels = Array.from({ length: 1000 }, (_, i) => (i * 7 + (i % 13)) % 9)
    expect(splitValidation(splitOf(labels)).validation).toHaveLength(100)
  })

  it('is a function of the seed', () => {
    const split = splitOf(Array.from({ length: 300 }, (_, i) => i % 3))
    const take = (seed: number) => splitValidation(split, { seed }).validation.join()
    expect(take(1)).toBe(take(1))
    expect(take(1)).not.toBe(take(2))
  })

  it('takes samples from everywhere', () => {
    const { validation } = splitValidation(splitOf(Array(1000).fill(0)))
    const quarters = [0, 1, 2, 3].map((q) => validation.filter((i) => Math.floor(i / 250) === q).length)
    for (const n of quarters) expect(n).toBeGreaterThan(10)
  })

  it('refuses a class of one sample, and fractions that leave a side empty', () => {
    expect(() => splitValidation(splitOf([0, 0, 1]))).toThrow('class 1 has one sample, expected at least 2')
    for (const fraction of [0, 1, -0.1, 1.5, Number.NaN])
      expect(() => splitValidation(splitOf([0, 0]), { fraction })).toThrow(
        `expected a fraction between 0 and 1, got ${fraction}`,
      )
  })
})
