import { describe, expect, it } from 'vitest'
import { interleave } from '../../bench/interleave.ts'
import { benchModels } from '../../bench/models.ts'
import { formatStep, stepRow } from '../../bench/step.ts'
import type { Timing } from '../../bench/worker.ts'
import { parametersOf, zoo } from '../../src/nn/index.ts'

const side = (times: readonly number[], peakMB: number): Timing[] =>
  times.map((ms, round) => ({ ms, peakMB: peakMB - times.length + 1 + round }))

describe('the row of a network', () => {
  it('compares with the better layout: its ratio and its memory', () => {
    const row = stepRow('vgg', 812.3456, [
      side([100, 102, 104], 500),
      side([90, 91, 92], 800),
      side([80, 81.6, 83.2], 900),
    ])
    expect(row).toEqual({
      model: 'vgg',
      gradusMs: 102,
      torchMs: 91,
      torchChannelsLastMs: 81.6,
      ratio: 0.8,
      gradusPeakMB: 500,
      torchPeakMB: 900,
      compileMs: 812.3,
    })
  })

  it('has nulls where the peer is missing', () => {
    const row = stepRow('mlp', 50, [side([10, 11], 120)])
    expect(row).toMatchObject({ gradusMs: 10.5, torchMs: null, torchChannelsLastMs: null })
    expect(row).toMatchObject({ ratio: null, torchPeakMB: null, gradusPeakMB: 120 })
  })

  it('is printed with images per second', () => {
    const text = formatStep([stepRow('lenet', 50, [side([64], 120)])], benchModels)
    expect(text.split('\n')[1]).toMatch(/^lenet +64 +2,000 +- +- +- +120 +- +50$/)
  })
})

describe('interleaved runs', () => {
  it('take turns, and do more steps in a turn where a step is short', async () => {
    const log: string[] = []
    const runner = (name: string, ms: number) => ({
      steps: async (count: number) => {
        log.push(`${name} ${count}`)
        return { ms, peakMB: log.length }
      },
    })
    const timings = await interleave([runner('a', 30), runner('b', 500)], 2)
    expect(log).toEqual(['a 2', 'b 2', 'a 4', 'b 1', 'a 4', 'b 1'])
    expect(timings.map((rounds) => rounds.map(({ peakMB }) => peakMB))).toEqual([
      [3, 5],
      [4, 6],
    ])
  })
})

describe('the networks', () => {
  it('are in the zoo', () => {
    for (const { name, inputShape, classes } of benchModels) {
      expect(parametersOf(zoo.buildModel(name, { inputShape, classes })).length).toBeGreaterThan(0)
    }
  })
})
