import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { numbersOf, tensor, zeros } from '../../src/core/index.ts'
import { input, sortedNodes, type Value } from '../../src/graph/index.ts'
import { gather, gatherND, mul, sum, unsqueeze } from '../../src/ops/index.ts'
import { compile } from '../../src/runtime/index.ts'

/** Slices that are taken many times, enough of them for several threads. */
const [TAKEN, WIDTH] = [4000, 64]

async function expectExactSums(count: number, take: (x: Value, indices: Value) => Value) {
  const indices = Int32Array.from({ length: TAKEN }, (_, i) => (i * i) % 7)
  const weights = Float32Array.from({ length: TAKEN * WIDTH }, (_, i) => i % 5) // whole numbers: sums are exact
  const expected = new Array<number>(count * WIDTH).fill(0)
  indices.forEach((row, i) => {
    for (let k = 0; k < WIDTH; k++) expected[row * WIDTH + k]! += weights[i * WIDTH + k]!
  })
  const gradient = compile(
    (x: Value, at: Value, dy: Value) => gradients(sum(mul(take(x, at), dy)), [x])[0]!,
    { threads: 2 },
  )
  const [x, at] = [zeros([count, WIDTH]), tensor(indices, [TAKEN], 'int32')]
  for (let run = 0; run < 10; run++) {
    expect(numbersOf(await gradient(x, at, tensor(weights, [TAKEN, WIDTH])))).toEqual(expected)
  }
}

describe('a slice that is taken many times gets the sum of all gradients, in any number of threads', () => {
  it('of few slices', () => expectExactSums(7, gather))
  it('of many', () => expectExactSums(600, gather))
  it('by index vectors', () => expectExactSums(600, (x, at) => gatherND(x, unsqueeze(at.cast('int64'), [1]))))

  // Lost sums show in few runs only, so the operator that loses them is looked for, too.
  it('without ScatterND', () => {
    const x = input('x', [600, WIDTH])
    const [few, vectors] = [input('few', [TAKEN], 'int32'), input('vectors', [TAKEN, 1], 'int64')]
    for (const taken of [gather(x, few), gatherND(x, vectors)]) {
      const types = sortedNodes(gradients(sum(taken), [x])).map(({ op }) => op.type)
      expect(types).toContain('ScatterElements')
      expect(types).not.toContain('ScatterND')
    }
  })
})
