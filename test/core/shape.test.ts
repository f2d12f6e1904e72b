import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  broadcastAxes,
  broadcastShapes,
  normalizeAxes,
  normalizeAxis,
  sizeOf,
  stridesOf,
} from '../../src/core/index.ts'

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })

describe('broadcasting', () => {
  it('is symmetric, and a shape broadcasts with itself to itself', () => {
    fc.assert(
      fc.property(shapes, shapes, (a, b) => {
        expect(broadcastShapes(a, b)).toEqual(broadcastShapes(b, a))
        expect(broadcastShapes(a, a)).toEqual(a)
      }),
    )
  })

  it('keeps every axis of either shape unless that has size 1', () => {
    fc.assert(
      fc.property(shapes, shapes, (a, b) => {
        const result = broadcastShapes(a, b)
        const at = (shape: readonly number[], fromEnd: number) => shape[shape.length - fromEnd] ?? 1
        for (let i = 1; i <= Math.max(a.length, b.length); i++) {
          const [m, n] = [at(a, i), at(b, i)]
          if (!result) continue
          expect(at(result, i)).toBe(m === 1 ? n : m)
        }
        const fits = Array.from({ length: 5 }, (_, i) => [at(a, i + 1), at(b, i + 1)] as const)
        expect(result !== undefined).toBe(fits.every(([m, n]) => m === n || m === 1 || n === 1))
      }),
    )
  })

  it('names the axes to sum over on the way back', () => {
    expect(broadcastAxes([3], [2, 3])).toEqual([0])
    expect(broadcastAxes([1, 3], [2, 3])).toEqual([0])
    expect(broadcastAxes([], [2, 3])).toEqual([0, 1])
    expect(broadcastAxes([2, 3], [2, 3])).toEqual([])
    expect(broadcastAxes([1], [1])).toEqual([])
    expect(broadcastAxes([1], [0])).toEqual([0])
  })
})

describe('axes', () => {
  it('count from the end when negative', () => {
    expect(normalizeAxis(-1, 3)).toBe(2)
    expect(normalizeAxes([-1, 0], 3)).toEqual([0, 2])
    expect(normalizeAxes(undefined, 2)).toEqual([0, 1])
  })

  it('are refused out of range, and twice', () => {
    expect(() => normalizeAxis(3, 3)).toThrow('axis 3 is out of range for a tensor with 3 axes')
    expect(() => normalizeAxis(0, 0)).toThrow('a scalar has no axes')
    expect(() => normalizeAxis(0.5, 3)).toThrow(/out of range/)
    expect(() => normalizeAxes([1, -1], 2)).toThrow('axes [1, -1] repeat an axis')
  })
})

it('strides step over whole rows', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const strides = stridesOf(shape)
      shape.forEach((_, i) => {
        expect(strides[i]).toBe(sizeOf(shape.slice(i + 1)))
      })
    }),
  )
})
