import { beforeAll, describe, expect, it } from 'vitest'
import { digits, type MemoryClasses } from '../../src/data/index.ts'
import * as spoil from '../../src/lab/clinic/spoil.ts'

let data: MemoryClasses
let before: Int32Array

beforeAll(async () => {
  data = await digits()
  before = data.train.labels.slice()
})

const counts = ({ train }: MemoryClasses) => {
  const each = new Array<number>(10).fill(0)
  for (const label of train.labels) each[label]!++
  return each
}

describe('spoiled data', () => {
  it('have one rare class', () => {
    const [all, few] = [counts(data), counts(spoil.imbalanced(data, [3], 10))]
    expect(few[3]).toBe(Math.ceil(all[3]! / 10))
    expect(few.filter((_, label) => label !== 3)).toEqual(all.filter((_, label) => label !== 3))
  })

  it('are sorted by class, inputs and all', () => {
    const { train } = spoil.sorted(data)
    expect([...train.labels]).toEqual([...train.labels].sort((a, b) => a - b))
    const first = data.train.labels.indexOf(0)
    expect([...train.inputs.subarray(0, 64)]).toEqual([
      ...data.train.inputs.subarray(64 * first, 64 * first + 64),
    ])
  })

  it('have a share of labels drawn at random', () => {
    const { train } = spoil.noisyLabels(data, 0.3, 1)
    const changed = train.labels.filter((label, i) => label !== data.train.labels[i]).length / train.count
    expect(changed).toBeGreaterThan(0.22)
    expect(changed).toBeLessThan(0.32)
    expect(spoil.noisyLabels(data, 0.3, 1).train.labels).toEqual(train.labels)
  })

  it('have test samples among the training samples, or training samples twice', () => {
    const { train } = spoil.leaking(data, 0.5)
    expect(train.count).toBe(data.train.count + 180)
    expect([...train.inputs.subarray(64 * data.train.count, 64 * data.train.count + 64)]).toEqual([
      ...data.test.inputs.subarray(0, 64),
    ])
    expect(spoil.doubled(data, 0.25).train.count).toBe(data.train.count + 359)
  })

  it('are few, or of two classes, or on another scale', () => {
    expect(spoil.fewSamples(data, 50).train.count).toBe(50)
    expect(spoil.fewTests(data, 30).test.count).toBe(30)
    expect(new Set(spoil.oddOrEven(data).train.labels)).toEqual(new Set([0, 1]))
    const { train } = spoil.mapped(data, (value, place) => (place === 0 ? 7 : 2 * value))
    expect([train.inputs[0], train.inputs[5], train.inputs[64]]).toEqual([7, 2 * data.train.inputs[5]!, 7])
  })

  it('leave what they were made of as it was', () => {
    expect(data.train.labels).toEqual(before)
  })
})
