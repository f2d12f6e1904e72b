import { describe, expect, it } from 'vitest'
import { cosine, cosineRestarts, step, warmup } from '../../src/schedules/index.ts'
import { rasterize } from '../../src/train/charts/rasterize.ts'
import { plotSchedule } from '../../src/train/charts/schedule-chart.ts'

describe('plotSchedule', () => {
  const schedule = warmup({ epochs: 3 }).andThen(cosine({ to: 1e-4 }))
  const options = { rate: 0.1, steps: 300, stepsPerEpoch: 10 }

  it('draws the curve, in epochs where it knows them, and says where it begins, peaks and ends', async () => {
    const svg = plotSchedule(schedule, { ...options, title: 'Warm-up and cosine' })
    for (const text of ['Warm-up and cosine', 'from 3.23e-3, at most 0.1, to', 'epoch'])
      expect(svg).toContain(text)
    expect(plotSchedule(schedule, options)).toContain('Learning rate')
    const png = await rasterize(svg)
    expect([...png.subarray(1, 4)]).toEqual([...'PNG'].map((letter) => letter.charCodeAt(0)))
  })

  it('draws a long run with the points that can be seen, the drops and peaks among them', () => {
    const long = plotSchedule(cosineRestarts({ every: 40_001 }), { rate: 1, steps: 200_000 })
    expect(long.length).toBeLessThan(200_000)
    expect(long).toContain('from 1, at most 1')
    const drop = plotSchedule(step({ every: 7, from: 1 }), { steps: 21, scale: 'log' })
    expect(drop).toContain('to 0.01')
    expect(drop).toContain('step')
  })

  const cases: [string, () => unknown, string][] = [
    ['no steps', () => plotSchedule(schedule, { ...options, steps: 0 }), 'expected a whole number of steps'],
    [
      'no rate',
      () => plotSchedule(schedule, { ...options, rate: undefined }),
      'there is no rate to start from',
    ],
    ['NaN', () => plotSchedule(() => Number.NaN, { steps: 3 }), 'the schedule is NaN at step 0'],
    [
      'another scale',
      () => plotSchedule(schedule, { ...options, scale: 'square' as 'log' }),
      "plotSchedule: expected scale: 'linear' or 'log', got square",
    ],
  ]
  it.each(cases)('%s fails', (_, draw, message) => {
    expect(draw).toThrow(message)
  })
})
