import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { broadcastShapes, Random, type Shape, sizeOf, tensor } from '../../src/core/index.ts'
import { input, type Value } from '../../src/graph/index.ts'
import { add, div, greater, maximum, minimum, mul, pow, sub, sum, where } from '../../src/ops/index.ts'
import { checkGradients, gradientCheckDefaults } from '../../src/testing/index.ts'

/** Two shapes that broadcast: each axis of a common shape may be 1, and leading axes may be missing, in either. */
const shapePairs = fc
  .array(
    fc.record({ size: fc.integer({ min: 0, max: 3 }), one: fc.constantFrom('a', 'b', 'none', 'both') }),
    {
      maxLength: 4,
    },
  )
  .chain((axes) =>
    fc.record({ axes: fc.constant(axes), dropA: fc.nat(axes.length), dropB: fc.nat(axes.length) }),
  )
  .map(({ axes, dropA, dropB }): [Shape, Shape] => {
    const shapeOf = (name: string) => axes.map(({ size, one }) => (one === name || one === 'both' ? 1 : size))
    return [shapeOf('a').slice(dropA), shapeOf('b').slice(dropB)]
  })

const table = [
  { name: 'add', build: add },
  { name: 'sub', build: sub },
  { name: 'mul', build: mul },
  { name: 'div', build: div },
  { name: 'pow', build: pow },
  { name: 'maximum', build: maximum },
  { name: 'minimum', build: minimum },
  { name: 'where', build: (a: Value, b: Value) => where(greater(a, b), mul(a, b), b) },
  { name: 'a chain', build: (a: Value, b: Value) => mul(add(a, b), sub(mul(a, a), sum(b))) },
] as const

/** Distinct numbers between 0.5 and 1.5, those of `b` between those of `a`. */
function numbers(shape: Shape, which: 0 | 1) {
  const count = sizeOf(shape)
  const grid = Array.from({ length: count }, (_, i) => 0.5 + (i + 0.3 + 0.4 * which) / Math.max(count, 1))
  return tensor(new Random('broadcast', which).shuffle(grid), shape, 'float64')
}

describe('gradients of broadcasting operators', () => {
  it.each(table)('$name: have the shapes of the operands', ({ build }) => {
    fc.assert(
      fc.property(shapePairs, ([left, right]) => {
        expect(broadcastShapes(left, right)).toBeDefined()
        const [a, b] = [input('a', left), input('b', right)]
        const [da, db] = gradients(sum(build(a, b)), [a, b])
        expect(da!.shape).toEqual(left)
        expect(db!.shape).toEqual(right)
      }),
      { numRuns: 100, seed: 1 },
    )
  })

  it.each(table)('$name: are what central differences say', async ({ build }) => {
    await fc.assert(
      fc.asyncProperty(shapePairs, async ([left, right]) => {
        const operands = [numbers(left, 0), numbers(right, 1)]
        const inputs = (...values: Value[]) => build(values[0]!, values[1]!)
        expect(await checkGradients(inputs, operands, gradientCheckDefaults.float64)).toEqual([])
      }),
      { numRuns: 12, seed: 2 },
    )
  })
})
