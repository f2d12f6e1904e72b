import { describe, expect, it } from 'vitest'
import { formatOptim, optimRow, resnetShapes } from '../../bench/optim.ts'
import type { Timing } from '../../bench/worker.ts'
import { sizeOf } from '../../src/core/index.ts'

const side = (times: readonly number[]): Timing[] => times.map((ms) => ({ ms, peakMB: 100 }))

describe('the row of an optimizer', () => {
  it("compares with PyTorch's faster way, round by round", () => {
    const row = optimRow('adamw', [side([10, 20, 12]), side([40, 41, 42]), side([15, 24, 12])])
    expect(row).toEqual({ optimizer: 'adamw', gradusMs: 12, torchMs: 15, ratio: 1.2, torchKind: 'fused' })
    expect(formatOptim([row]).split('\n')[1]).toMatch(/^adamw +12 +15 +1\.20 +fused$/)
  })

  it('has nulls where the peer is missing', () => {
    const row = optimRow('sgd', [side([7, 8])])
    expect(row).toEqual({ optimizer: 'sgd', gradusMs: 7.5, torchMs: null, ratio: null, torchKind: null })
  })
})

it('the shapes have 11 M numbers', () => {
  const count = resnetShapes().reduce((total, shape) => total + sizeOf(shape), 0)
  expect(count).toBe(11_173_962)
})
