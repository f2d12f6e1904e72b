import { describe, expect, it } from 'vitest'
import { median, medianRatio, rounded } from '../../bench/stats.ts'

describe('median', () => {
  it('is the middle value, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([4, 1, 3, 100])).toBe(3.5)
    expect(median([7])).toBe(7)
  })

  it('leaves the values in their order', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })

  it('refuses to make one from nothing', () => {
    expect(() => median([])).toThrow('median: expected at least one value, got none')
  })
})

describe('medianRatio', () => {
  it('does not see a disturbance that slows both sides of a round', () => {
    const [ours, theirs] = [
      [10, 10, 40, 40, 40],
      [20, 20, 80, 80, 80],
    ]
    expect(medianRatio(theirs, ours)).toBe(2)
  })

  it('pairs the rounds: it is not the ratio of the medians', () => {
    expect(medianRatio([30, 10, 20], [10, 20, 5])).toBe(3)
  })

  it('wants the same number of rounds', () => {
    expect(() => medianRatio([1, 2], [1])).toThrow('got 2 and 1')
  })
})

describe('rounded', () => {
  it('keeps significant digits, not decimals', () => {
    expect(rounded(0.0123456)).toBe(0.01235)
    expect(rounded(123456)).toBe(123500)
    expect(rounded(0.9849, 2)).toBe(0.98)
  })
})
