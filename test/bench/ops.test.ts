import { describe, expect, it } from 'vitest'
import { type OpCase, opCases, operationsOf, opNames, sizeAfter } from '../../bench/op-cases.ts'
import { formatOps, opRow, withShares } from '../../bench/ops.ts'
import type { Timing } from '../../bench/worker.ts'

const side = (times: readonly number[]): Timing[] => times.map((ms) => ({ ms, peakMB: 100 }))
const find = (op: string, shape: string): OpCase =>
  opCases.find((given) => given.op === op && given.shape === shape)!

describe('the grid', () => {
  it('has every operator, and each shape once', () => {
    expect(new Set(opCases.map(({ op }) => op))).toEqual(new Set(opNames))
    const keys = opCases.map(({ op, shape }) => `${op} ${shape}`)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('has what networks are made of: 1x1, stride 2, depthwise', () => {
    const shapes = opCases.filter(({ op }) => op === 'convForward').map(({ shape }) => shape)
    expect(shapes).toEqual(
      expect.arrayContaining([
        '64->64 @32 3x3',
        '32->192 @16 1x1',
        '64->128 @32 3x3 /2',
        '192->192 @16 3x3 depthwise',
      ]),
    )
    expect(find('convInputGrad', '3->64 @32 3x3')).toBeUndefined()
  })
})

describe('the operations', () => {
  it('of a convolution are two for each product: places, channels, taps', () => {
    const plain = 2 * 128 * 64 * 32 * 32 * 64 * 9
    expect(operationsOf(find('convForward', '64->64 @32 3x3'))).toBe(plain)
    expect(operationsOf(find('convWeightGrad', '64->64 @32 3x3'))).toBe(plain)
    const halved = find('convForward', '64->128 @32 3x3 /2')
    expect(sizeAfter(halved as never)).toBe(16)
    expect(operationsOf(halved)).toBe(2 * 128 * 128 * 16 * 16 * 64 * 9)
    expect(operationsOf(find('convForward', '192->192 @16 3x3 depthwise'))).toBe(2 * 128 * 192 * 16 * 16 * 9)
  })

  it('of a matrix product, and of what only touches memory', () => {
    expect(operationsOf(find('matmul', '128x784 784x512'))).toBe(2 * 128 * 784 * 512)
    expect(operationsOf(find('batchNorm', '64x32x32'))).toBe(14 * 128 * 64 * 1024)
    expect(operationsOf(find('maxPool', '64x32x32'))).toBe(7 * 128 * 64 * 256)
  })
})

describe('rows', () => {
  const given = find('matmul', '1024x1024 1024x1024') // 2.147 GFLOP

  it("compare with PyTorch's better layout", () => {
    const row = opRow(given, [side([20, 20, 20]), side([30, 30, 30]), side([25, 25, 25])])
    expect(row).toMatchObject({ op: 'matmul', gradusMs: 20, gflops: 107.4, torchMs: 25 })
    expect(row).toMatchObject({ torchGflops: 85.9, ratio: 1.25 })
  })

  it('have nulls where PyTorch is missing', () => {
    expect(opRow(given, [side([20])])).toMatchObject({ torchMs: null, torchGflops: null, ratio: null })
  })

  it('share the best rate of their operator, whoever reached it on whatever shape', () => {
    const fast = opRow(find('matmul', '128x784 784x512'), [side([0.5])])
    const slow = opRow(given, [side([40]), side([5])])
    const other = opRow(find('maxPool', '64x32x32'), [side([10])])
    const rows = withShares([fast, slow, other])
    expect(rows.map(({ shareOfBest }) => shareOfBest)).toEqual([0.478, 0.125, 1])
    const lines = formatOps(rows).split('\n')
    expect(lines[1]).toMatch(/^maxPool +64x32x32 +10 +- +1\.468 +- +- +1\.00$/)
    expect(lines[3]).toMatch(/^matmul +1024x1024 1024x1024 +40 +5 +53\.69 +429\.5 +0\.13 +0\.13$/)
  })
})
