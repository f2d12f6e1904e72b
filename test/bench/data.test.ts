import { expect, it } from 'vitest'
import { dataCases, dataRow, formatData } from '../../bench/data.ts'
import type { Timing } from '../../bench/worker.ts'

const side = (times: readonly number[]): Timing[] => times.map((ms) => ({ ms, peakMB: 100 }))

it('the row of a kind of work compares rates, round by round', () => {
  const work = { ...dataCases[0]!, name: 'decode', images: 100 }
  const row = dataRow(work, [side([10, 20, 40]), side([15, 40, 60])])
  expect(row).toEqual({ case: 'decode', gradus: 5000, torchvision: 2500, ratio: 1.5 })
  expect(formatData([row]).split('\n')[1]).toMatch(/^decode +5,000 +2,500 +1\.50$/)
  expect(dataRow(work, [side([10])])).toEqual({
    case: 'decode',
    gradus: 10000,
    torchvision: null,
    ratio: null,
  })
})
