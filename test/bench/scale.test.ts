import { describe, expect, it } from 'vitest'
import { formatScale, scaleModel, scalePoints, scaleResult, scaleRow } from '../../bench/scale.ts'
import { fitExponent } from '../../bench/stats.ts'

describe('the exponent', () => {
  it('of a power law is found, whatever its factor', () => {
    const x = [1, 2, 4, 8]
    expect(
      fitExponent(
        x,
        x.map((value) => 7 * value ** 1.5),
      ),
    ).toBeCloseTo(1.5, 12)
    expect(fitExponent([1, 2], [10, 5])).toBeCloseTo(-1, 12)
  })

  it('needs two different places', () => {
    expect(() => fitExponent([3, 3], [1, 2])).toThrow(
      'fitExponent: expected as many y as x and two different x',
    )
    expect(() => fitExponent([1, 2], [1])).toThrow('got 2 and 1')
  })
})

describe('the points', () => {
  it('vary one thing around a base', () => {
    expect(scalePoints('threads', 6).map(({ threads }) => threads)).toEqual([1, 2, 4, 6])
    expect(scalePoints('threads', 1).map(({ threads }) => threads)).toEqual([1])
    for (const point of scalePoints('width', 2))
      expect(point).toMatchObject({ batch: 64, depth: 2, threads: 2 })
    const [, deeper] = scalePoints('depth', 2)
    expect(scaleModel(deeper!)).toMatchObject({
      batchSize: 64,
      config: [64, 64, 'M', 128, 128, 'M', 256, 256, 'M'],
    })
  })

  it('have the work of their networks', () => {
    const [batch] = scalePoints('batch', 2)
    const row = scaleRow(batch!, [{ ms: 50, peakMB: 1 }])
    const [conv1, conv2, conv3] = [1024 * 64 * (3 + 64) * 9, 256 * 128 * 192 * 9, 64 * 256 * 384 * 9]
    const products = conv1 + conv2 + conv3 + 256 * 16 * 10
    expect(row).toMatchObject({ axis: 'batch', value: 16, gradusMs: 50 })
    expect(row.gflop).toBeCloseTo((3 * 2 * products * 16) / 1e9, 2)
    expect(row.gflops).toBeCloseTo(row.gflop / 0.05, 0)
  })
})

it('an axis with one point has no exponent, and no line', () => {
  const row = (axis: 'batch' | 'threads', value: number, gflop: number, gradusMs: number) => ({
    ...{ axis, value, gflop, gradusMs },
    gflops: 1,
  })
  const result = scaleResult([row('batch', 16, 1, 10), row('batch', 32, 2, 20), row('threads', 1, 4, 40)])
  expect(result.exponents).toEqual({ batch: 1, width: null, depth: null, threads: null })
  const text = formatScale(result)
  expect(text).toContain('time ~ work^1.00 along batch')
  expect(text).not.toContain('along threads')
})
