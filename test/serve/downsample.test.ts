import { describe, expect, it } from 'vitest'
import { Columns, finitePoints } from '../../src/serve/columns.ts'
import { downsample, smooth } from '../../src/serve/downsample.ts'

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('downsample', () => {
  it('keeps a curve that is short enough', () => {
    expect(downsample([1, 2, 3], [4, 5, 6], 3)).toEqual({ x: [1, 2, 3], y: [4, 5, 6] })
  })

  it('keeps the ends, the order, and the spikes', () => {
    const x = range(10_000)
    const y = x.map((i) => (i === 4321 ? 50 : i === 7000 ? -50 : Math.sin(i / 900)))
    const thin = downsample(x, y, 300)
    expect(thin.x).toHaveLength(300)
    expect([thin.x[0], thin.x.at(-1)]).toEqual([0, 9999])
    expect(thin.x).toEqual([...thin.x].sort((a, b) => a - b))
    expect(thin.x).toEqual(expect.arrayContaining([4321, 7000]))
    for (const [i, at] of thin.x.entries()) expect(thin.y[i]).toBe(Number(y[at]!.toPrecision(6)))
  })

  // Worked by hand: buckets [1, 2] and [3, 4]; from (0, 0) towards the mean (3.5, 2) point 1 spans 7/2, point 2 spans 4/2.
  it('takes the point of the largest triangle', () => {
    expect(downsample(range(6), [0, 1.5, 0.5, 4, 0, 0], 4).x).toEqual([0, 1, 3, 5])
  })
})

describe('smooth', () => {
  it('leaves a straight line straight, up to where the window is cut', () => {
    const { x, y } = smooth(
      range(500),
      range(500).map((i) => 3 * i),
    )
    for (const [i, at] of x.slice(0, 487).entries()) expect(y[i]).toBeCloseTo(3 * at, 9)
    expect(y[499]).toBeCloseTo(3 * (499 - 6.5), 9)
  })

  it('keeps what follows a spike of 1e30 exact', () => {
    const values = range(200).map((i) => (i === 10 ? 1e30 : 0.5))
    expect(smooth(range(200), values).y.slice(50)).toEqual(new Array(150).fill(0.5))
  })

  it('takes means of a long curve first', () => {
    const { x, y } = smooth(
      range(100_000),
      range(100_000).map((i) => i % 2),
    )
    expect(x).toHaveLength(2000)
    expect(Math.max(...y)).toBeLessThan(0.51)
  })
})

describe('columns', () => {
  it('grow, and hold NaN where nothing was given', () => {
    const columns = new Columns('x', 'y')
    for (const i of range(1000)) columns.push(i % 2 ? { x: i } : { x: i, y: -i })
    expect(columns.length).toBe(1000)
    expect(columns.column('x')[999]).toBe(999)
    const { x, y } = finitePoints(columns.column('x'), columns.column('y'))
    expect([x.length, x[499], y[499]]).toEqual([500, 998, -998])
  })
})
