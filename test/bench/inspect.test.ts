import { describe, expect, it } from 'vitest'
import { formatInspect, inspectCases, inspectRow } from '../../bench/inspect.ts'
import type { Timing } from '../../bench/worker.ts'

const times = (...ms: number[]): Timing[] => ms.map((ms) => ({ ms, peakMB: 1 }))

describe('what looking costs', () => {
  it('is spread over the steps of a run, from turns that are compared one by one', () => {
    // A look at every 4th step makes steps longer by 10% in each turn; a run looks at every 20th.
    const row = inspectRow('vgg', times(100, 200, 110), times(110, 220, 121))
    expect(row).toEqual({ case: 'vgg', ms: 110, msWithStatistics: 112.2, overhead: 0.02 })
  })

  it('is printed as a share', () => {
    const text = formatInspect([{ case: 'vgg', ms: 110, msWithStatistics: 112.2, overhead: 0.02 }])
    expect(text.split('\n')[1]).toMatch(/^vgg +110 +112\.2 +2\.0%$/)
  })

  it('is measured for a small, a middle and a large network', () => {
    expect(inspectCases.map(({ name }) => name)).toEqual(['mlp', 'vgg', 'resnet18'])
  })
})
