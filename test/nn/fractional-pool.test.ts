import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { numbersOf, Random } from '../../src/core/index.ts'
import { input } from '../../src/graph/index.ts'
import { drawTensor } from '../../src/nn/draw.ts'
import * as nn from '../../src/nn/index.ts'
import { evenRegions, fillRegions, widestRegion } from '../../src/nn/regions.ts'
import { expectClose, load, runLayer, type Stored } from './support.ts'

/** Regions of {@link https://arxiv.org/abs/1412.6071}, written out; made by test/fixtures/fractional-pool.py. */
const { cases } = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/fractional-pool.json', import.meta.url)), 'utf8'),
) as {
  cases: readonly {
    readonly ratio: number
    readonly overlapping: boolean
    readonly shifts: readonly number[]
    readonly input: Stored
    readonly seed: Stored
    readonly output: Stored
    readonly inputGradient: Stored
  }[]
}

/** Draws that use these shifts, one per axis. */
function drawsOf(shifts: readonly number[]): (fill: nn.Fill) => number {
  const ahead = [...shifts]
  let numbers: number[] = []
  return (fill) => {
    if (fill.kind !== 'regions') throw new Error(`expected regions, got ${fill.kind}`)
    if (numbers.length === 0) {
      const shift = ahead.shift()!
      const random = { uniform: () => 1 - shift } as Random
      numbers = numbersOf(drawTensor([widestRegion(fill), fill.count], fill, random))
    }
    return numbers.shift()!
  }
}

describe('fractional max-pooling', () => {
  it.each(cases)('by $ratio, overlapping: $overlapping, shifts $shifts', async (expected) => {
    const { ratio, overlapping, shifts } = expected
    const layer = nn.fractionalMaxPool2d(ratio, { overlapping })
    const options = { training: true, draw: drawsOf(shifts) }
    const { output, dx } = await runLayer(layer, load(expected.input), load(expected.seed), options)
    expectClose(output, expected.output, 'output')
    expectClose(dx, expected.inputGradient, 'gradient of the input')
  })

  it('uses the same regions in every evaluation', () => {
    const x = input('x', [2, 3, 8, 7])
    const { output, draws } = nn.trace(nn.fractionalMaxPool2d(), x, { training: false })
    expect(output.shape).toEqual([2, 3, 6, 5])
    expect(draws).toEqual([])
  })

  it('refuses what has no meaning', () => {
    const pool = nn.fractionalMaxPool2d
    expect(() => pool(1)).toThrow('fractionalMaxPool2d: expected a ratio > 1 of input to output size, got 1')
    expect(() => pool(2, { order: 'pseudo' as never })).toThrow('did you mean "pseudorandom"?')
    const build = (...shape: number[]) =>
      nn.trace(nn.sequential(pool()), input('x', shape), { training: true })
    expect(() => build(2, 3, 8)).toThrow(
      'fractionalMaxPool2d "0": expected input [N, C, H, W], got [N, 3, 8]',
    )
    expect(() => build(2, 3, 1, 8)).toThrow(
      'fractionalMaxPool2d "0": an axis of size 1 would become 1, got x float32 [2, 3, 1, 8]',
    )
  })
})

describe('regions', () => {
  const regions = fc
    .record({
      size: fc.integer({ min: 2, max: 200 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      order: fc.constantFrom('pseudorandom' as const, 'random' as const),
      overlapping: fc.boolean(),
    })
    .map(({ size, share, ...rest }) => ({ size, count: 1 + Math.floor(share * (size - 2)), ...rest }))

  /** First and last positions of regions, from positions [widest, count]. */
  const borders = (positions: ArrayLike<number>, count: number) =>
    Array.from(
      { length: count },
      (_, i) => [positions[i]!, positions[positions.length - count + i]!] as const,
    )

  it('cover the axis, and are as long as the mean rounded down or up', () => {
    fc.assert(
      fc.property(regions, fc.nat(), (options, seed) => {
        const { size, count, overlapping } = options
        const drawn = new Int32Array(widestRegion(options) * count)
        fillRegions(drawn, options, new Random(seed))
        for (const positions of [drawn, evenRegions(options)]) {
          const found = borders(positions, count)
          expect(found[0]![0]).toBe(0)
          expect(found.at(-1)![1]).toBe(size - 1)
          const shared = overlapping ? 1 : 0
          found.slice(1).forEach(([first], i) => {
            expect(first).toBe(found[i]![1] + 1 - shared)
          })
          const mean = (size - shared) / count
          for (const [first, last] of found) {
            const step = last - first + 1 - shared
            expect(step === Math.floor(mean) || step === Math.ceil(mean)).toBe(true)
          }
        }
      }),
    )
  })

  it('in random order have all lengths at all places', () => {
    const options = { size: 25, count: 18, order: 'random', overlapping: false } as const
    const longAt = new Array<number>(18).fill(0)
    for (let seed = 0; seed < 500; seed++) {
      const drawn = new Int32Array(36)
      fillRegions(drawn, options, new Random(seed))
      borders(drawn, 18).forEach(([first, last], i) => {
        longAt[i]! += last - first
      })
    }
    // 7 of 18 regions are long: 194 of 500 at each place, with a standard deviation of 11.
    for (const count of longAt) expect(Math.abs(count - (500 * 7) / 18)).toBeLessThan(55)
  })
})
