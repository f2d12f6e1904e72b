import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Faster } from '../../src/runtime/faster.ts'

/** Lets it choose so many times; `time` says how long a way takes, and the result is what it chose. */
function choices(faster: Faster, count: number, time: (way: 0 | 1) => number): (0 | 1)[] {
  return Array.from({ length: count }, () => {
    const way = faster.next
    faster.took(time(way))
    return way
  })
}

const share = (ways: readonly (0 | 1)[]): number =>
  ways.reduce<number>((sum, way) => sum + way, 0) / ways.length

describe('Faster', () => {
  it('settles on the way that takes less time, whichever it is', () => {
    expect(share(choices(new Faster(), 2000, (way) => [10, 9][way]!))).toBeGreaterThan(0.97)
    expect(share(choices(new Faster(), 2000, (way) => [9, 10][way]!))).toBeLessThan(0.03)
  })

  it('stays with the first way where the second gains next to nothing', () => {
    expect(share(choices(new Faster(), 2000, (way) => [10, 9.9][way]!))).toBeLessThan(0.03)
  })

  it('is not misled by single slow runs, nor by a machine that becomes slower all in all', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 8, noNaN: true }), { minLength: 8 }), (delays) => {
        let run = 0
        // Every sixth run is delayed, so that at most two of five are; the machine gets slower by half within 3000 runs.
        const time = (way: 0 | 1) => {
          const delay = run % 6 === 0 ? delays[(run / 6) % delays.length]! : 1
          return [10, 8][way]! * delay * (1 + run++ / 6000)
        }
        expect(share(choices(new Faster(), 3000, time))).toBeGreaterThan(0.9)
      }),
    )
  })

  it('goes the slower way seldom where both are slow for a few runs again and again', () => {
    const time = (way: 0 | 1, run: number) => [12, 10][way]! * (run % 10 < 3 ? 2.5 : 1)
    const faster = new Faster()
    let run = 0
    expect(share(choices(faster, 3000, (way) => time(way, run++)))).toBeGreaterThan(0.95)
  })

  it('changes within a few dozen runs when the way that it took becomes slow, and back again later', () => {
    const faster = new Faster()
    const idle = (way: 0 | 1) => [10, 8][way]!
    const busy = (way: 0 | 1) => [11, 17][way]!
    choices(faster, 2000, idle)
    expect(share(choices(faster, 50, busy).slice(-10))).toBe(0)
    choices(faster, 2000, busy)
    expect(share(choices(faster, 1500, idle).slice(-100))).toBeGreaterThan(0.9)
  })
})
