import { describe, expect, it } from 'vitest'
import { Random, symmetricEigen } from '../../src/core/index.ts'

/** A symmetric matrix [n, n] of normal numbers. */
function symmetric(n: number): Float64Array {
  const random = new Random('eigen', n)
  const matrix = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = random.normal()
  return matrix
}

describe('symmetricEigen', () => {
  it('knows a matrix whose eigenvalues are known', () => {
    const { values, vectors } = symmetricEigen([2, 1, 0, 1, 2, 0, 0, 0, -5], 3)
    ;[3, 1, -5].forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value, 14)
    })
    expect(vectors[0]![0]).toBeCloseTo(Math.SQRT1_2, 14)
    expect(vectors[0]![1]).toBeCloseTo(Math.SQRT1_2, 14)
    expect(Math.abs(vectors[2]![2]!)).toBe(1)
  })

  it.each([1, 2, 7, 27, 60, 101, 150])('takes a matrix of %i apart and gives it back', (n) => {
    const matrix = symmetric(n)
    const { values, vectors } = symmetricEigen(matrix, n)
    expect([...values]).toEqual([...values].sort((a, b) => b - a))
    let [apart, askew] = [0, 0]
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const back = vectors.reduce((sum, v, k) => sum + values[k]! * v[i]! * v[j]!, 0)
        const dot = vectors[i]!.reduce((sum, x, k) => sum + x * vectors[j]![k]!, 0)
        apart = Math.max(apart, Math.abs(back - matrix[i * n + j]!))
        askew = Math.max(askew, Math.abs(dot - (i === j ? 1 : 0)))
      }
    expect(apart).toBeLessThan(1e-12 * n)
    expect(askew).toBeLessThan(1e-13 * n)
    for (const v of vectors) expect(Math.max(...v)).toBe(Math.max(...v.map(Math.abs)))
  })

  it('finds small eigenvalues beside large ones', () => {
    const { values } = symmetricEigen([1e8, 1, 1, 1e-6], 2)
    expect(values[1]).toBeCloseTo(1e-6 - 1e-8, 12)
  })

  it.each([60, 120])('takes a covariance of %i apart that many directions have no part in', (n) => {
    const rank = Math.floor(n / 3)
    const random = new Random('rank', n)
    const rows = Array.from({ length: rank }, () => Array.from({ length: n }, () => random.normal()))
    const matrix = Float64Array.from({ length: n * n }, (_, at) =>
      rows.reduce((sum, row) => sum + row[Math.floor(at / n)]! * row[at % n]!, 0),
    )
    const { values, vectors } = symmetricEigen(matrix, n)
    expect(values[rank - 1]).toBeGreaterThan(0.1)
    for (const value of values.subarray(rank)) expect(Math.abs(value)).toBeLessThan(1e-11)
    for (const [i, v] of vectors.entries())
      for (const other of vectors.slice(i + 1))
        expect(Math.abs(v.reduce((sum, x, k) => sum + x * other[k]!, 0))).toBeLessThan(1e-12)
  })

  it('leaves large matrices that are diagonal, or fall into parts, as they are', () => {
    const n = 130
    const matrix = new Float64Array(n * n)
    for (let i = 0; i < n; i++) matrix[i * n + i] = i % 2 === 0 ? 0 : i
    expect([...symmetricEigen(matrix, n).values]).toEqual(
      Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 0 : i)).sort((a, b) => b - a),
    )
    for (let i = 0; i + 1 < n; i += 2) matrix[i * n + i + 1] = matrix[(i + 1) * n + i] = 3
    const { values } = symmetricEigen(matrix, n)
    const roots = Array.from({ length: n / 2 }, (_, k) => 2 * k + 1).flatMap((d) => [
      (d + Math.sqrt(d * d + 36)) / 2,
      (d - Math.sqrt(d * d + 36)) / 2,
    ])
    roots
      .sort((a, b) => b - a)
      .forEach((root, i) => {
        expect(values[i]).toBeCloseTo(root, 11)
      })
  })

  it('tells how far it is, and comes to the same', () => {
    const [n, told] = [300, [] as number[]]
    const matrix = symmetric(n)
    const watched = symmetricEigen(matrix, n, (done) => told.push(done))
    expect(watched).toEqual(symmetricEigen(matrix, n))
    expect(told.length).toBeGreaterThan(50)
    expect(told).toEqual(told.toSorted((a, b) => a - b))
    expect(told[0]).toBeLessThan(0.05)
    expect(told.at(-1)).toBeGreaterThan(0.55)
    expect(told.at(-1)).toBeLessThanOrEqual(1)
  })

  it('refuses what is no symmetric matrix of finite numbers', () => {
    expect(() => symmetricEigen([1, 2, 3], 2)).toThrow('expected 2 x 2 numbers, got 3')
    expect(() => symmetricEigen([1, Number.NaN, Number.NaN, 2], 2)).toThrow('of finite numbers')
    expect(() => symmetricEigen([1, 2, 3, 4], 2)).toThrow('expected a symmetric matrix')
  })
})
