import { describe, expect, it } from 'vitest'
import { coresOfOthers, otherLoad } from '../../src/runtime/other-load.ts'

const start = { at: 1000, all: 50_000, own: 400 }

describe('the load by other processes', () => {
  it('is the time of all cores without our own, by the time that passed', () => {
    expect(coresOfOthers(start, { at: 3000, all: 54_000, own: 1400 })).toBe(1.5)
    expect(coresOfOthers(start, { at: 3000, all: 51_000, own: 1400 })).toBe(0)
  })

  it('is never below 0, where the clocks of the two disagree', () => {
    expect(coresOfOthers(start, { at: 3000, all: 50_990, own: 1400 })).toBe(0)
  })

  it('counts as 0 where too little time passed to tell', () => {
    expect(coresOfOthers(start, { at: 1100, all: 50_200, own: 400 })).toBe(0)
  })

  it('is measured here', () => {
    expect(otherLoad()).toBeGreaterThanOrEqual(0)
  })
})
