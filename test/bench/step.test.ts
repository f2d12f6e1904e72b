import { describe, expect, it } from 'vitest'
import { benchModels, buildBenchModel } from '../../bench/models.ts'
import { formatStep, stepRow, torchSides } from '../../bench/step.ts'
import type { Timing } from '../../bench/worker.ts'
import { parametersOf } from '../../src/nn/index.ts'

const side = (times: readonly number[], peakMB: number): Timing[] =>
  times.map((ms, round) => ({ ms, peakMB: peakMB - times.length + 1 + round }))

describe('the row of a network', () => {
  it('compares with the better layout: its ratio and its memory', () => {
    const row = stepRow('vgg', 812.3456, {
      gradus: side([100, 102, 104], 500),
      torch: side([90, 91, 92], 800),
      channelsLast: side([80, 81.6, 83.2], 900),
    })
    expect(row).toEqual({
      model: 'vgg',
      gradusMs: 102,
      torchMs: 91,
      torchChannelsLastMs: 81.6,
      torchCompiledMs: null,
      ratio: 0.8,
      compileRatio: null,
      gradusPeakMB: 500,
      torchPeakMB: 900,
      compileMs: 812.3,
    })
  })

  it('compares with torch.compile where that was measured, and shows it then', () => {
    const row = stepRow('vgg', 800, {
      gradus: side([100, 100], 500),
      torch: side([120, 120], 800),
      compiled: side([90, 90], 700),
      compiledChannelsLast: side([80, 84], 700),
    })
    expect(row).toMatchObject({ ratio: 1.2, torchCompiledMs: 82, compileRatio: 0.82 })
    expect(formatStep([row], benchModels).split('\n')).toEqual([
      expect.stringMatching(/channels-last ms +compiled ms +ratio +compile ratio/),
      expect.stringMatching(/^vgg +100 +1,280 +120 +- +82 +1\.20 +0\.82 /),
    ])
  })

  it('has nulls where the peer is missing', () => {
    const row = stepRow('mlp', 50, { gradus: side([10, 11], 120) })
    expect(row).toMatchObject({ gradusMs: 10.5, torchMs: null, torchChannelsLastMs: null })
    expect(row).toMatchObject({ ratio: null, torchPeakMB: null, gradusPeakMB: 120 })
  })

  it('is printed with samples per second', () => {
    const text = formatStep([stepRow('lenet', 50, { gradus: side([64], 120) })], benchModels)
    expect(text.split('\n')[1]).toMatch(/^lenet +64 +2,000 +- +- +- +120 +- +50$/)
  })
})

describe('the networks', () => {
  it('are in the zoo', () => {
    for (const model of benchModels) {
      expect(parametersOf(buildBenchModel(model)).length).toBeGreaterThan(0)
    }
    expect(benchModels.map(({ name }) => name)).toEqual(expect.arrayContaining(['mlp', 'vgg', 'lstm']))
  })

  it('are measured in the layouts that PyTorch has for their inputs', () => {
    const options = { threads: 1, rounds: 1, lowering: true, torch: true, torchCompile: false }
    const sides = (name: string, more: object = {}) =>
      torchSides(benchModels.find((model) => model.name === name)!, { ...options, ...more })
    expect(sides('vgg')).toEqual(['torch', 'channelsLast'])
    expect(sides('lstm')).toEqual(['torch'])
    expect(sides('lstm', { torchCompile: true })).toEqual(['torch', 'compiled'])
    expect(sides('vgg', { torch: false })).toEqual([])
  })
})
