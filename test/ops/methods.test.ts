import { expect, it } from 'vitest'
import { numbersOf, tensor } from '../../src/core/index.ts'
import type { Value } from '../../src/graph/index.ts'
import { compile } from '../../src/runtime/index.ts'
import '../../src/ops/index.ts'

it('methods of values read from left to right', async () => {
  const f = compile((x: Value) => x.mul(2).add(1).sub(x).div(2).pow(2).sum({ axes: 1 }))
  expect(numbersOf(await f(tensor([1, 3, 5, 7], [2, 2])))).toEqual([1 + 4, 9 + 16])
})

it('methods take what the functions take', async () => {
  const f = compile((x: Value) =>
    x
      .transpose()
      .matmul(x.reshape([3, 2]).relu())
      .mean({ axes: [0], keepDims: true })
      .cast('int64'),
  )
  const y = await f(tensor([1, 2, 3, 4, 6, -6], [3, 2]))
  expect(y).toEqual(tensor([(1 + 9 + 36 + 2 + 12 - 36) / 2, (2 + 12 + 4 + 16) / 2], [1, 2], 'int64'))
})
