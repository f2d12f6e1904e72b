import { describe, expect, it } from 'vitest'
import { Random, tensor } from '../../../src/core/index.ts'
import { input } from '../../../src/graph/index.ts'
import * as nn from '../../../src/nn/index.ts'
import * as ops from '../../../src/ops/index.ts'
import { canDie, flatEnds, saturatedShare } from '../../../src/train/statistics/ends.ts'
import { filtersOf } from '../../../src/train/statistics/filters.ts'
import { momentsOf } from '../../../src/train/statistics/layer-statistics.ts'
import { GradientNoise } from '../../../src/train/statistics/noise.ts'
import { isSampled } from '../../../src/train/statistics/options.ts'
import { ParameterReader } from '../../../src/train/statistics/parameter-statistics.ts'
import { samplesOf } from '../../../src/train/statistics/pass.ts'
import { ActiveUnits } from '../../../src/train/statistics/units.ts'
import { LOOKED_AT, stride, watchedGraph } from '../../../src/train/statistics/watch.ts'

describe('the steps that are looked at', () => {
  const sampled = (every: number, stepsPerEpoch: number, steps: number) =>
    Array.from({ length: steps }, (_, i) => i + 1).filter((step) => isSampled(step, every, stepsPerEpoch))

  it('are dense at first, then regular, with the ends of long epochs', () => {
    expect(sampled(20, 50, 105)).toEqual([1, 2, 4, 8, 16, 20, 40, 50, 60, 80, 100])
    expect(sampled(20, 5, 45)).toEqual([1, 2, 4, 8, 16, 20, 40])
    expect(sampled(1, 3, 5)).toEqual([1, 2, 3, 4, 5])
  })

  it('are seen by half of the batch, 32 at most', () => {
    expect([1, 2, 3, 4, 31, 64, 128].map(samplesOf)).toEqual([1, 2, 3, 2, 15, 32, 32])
  })
})

describe('the ends of activations', () => {
  const x = input('x', [4])
  const made: readonly (readonly [string, (x: ReturnType<typeof input>) => typeof x, unknown, boolean])[] = [
    ['sigmoid', ops.sigmoid, { low: 0, high: 1 }, false],
    ['tanh', ops.tanh, { low: -1, high: 1 }, false],
    ['hardSigmoid', ops.hardSigmoid, { low: 0, high: 1 }, false],
    ['hardTanh', (x) => ops.clip(x, { min: -1, max: 1 }), { low: -1, high: 1 }, false],
    ['relu6', (x) => ops.clip(x, { min: 0, max: 6 }), { high: 6 }, true],
    ['relu', ops.relu, undefined, true],
    ['leakyRelu', ops.leakyRelu, undefined, false],
    ['lower limit', (x) => ops.clip(x, { min: -2 }), undefined, false],
    ['an input', (x) => x, undefined, false],
  ]

  it.each(made)('of %s', (_, make, ends, dies) => {
    expect(flatEnds(make(x))).toEqual(ends)
    expect(canDie(make(x))).toBe(dies)
  })

  it('count within a hundredth of the range', () => {
    const values = Float32Array.of(-0.99, -0.97, 0, 0.97, 0.99)
    expect(saturatedShare(values, { low: -1, high: 1 })).toBe(0.4)
    expect(saturatedShare(Float32Array.of(0, 5.9, 5.95, 6), { high: 6 })).toBe(0.5)
  })
})

describe('units that are never active', () => {
  it('are dead until one sample of the epoch wakes them', () => {
    const units = new ActiveUnits()
    units.look(1, 32)
    expect(units.dead('a', Float32Array.of(0, 1, 0, 0))).toBe(0.75)
    units.look(1, 32)
    expect(units.dead('a', Float32Array.of(0.5, 0, 0, Number.NaN))).toBe(0.25)
    expect(units.samples).toBe(64)
    const resumed = new ActiveUnits(structuredClone(units.memory))
    resumed.look(1, 32)
    expect(resumed.dead('a', Float32Array.of(0, 0, 0, 0))).toBe(0.25)
    resumed.look(2, 32)
    expect(resumed.dead('a', Float32Array.of(0, 0, 0, 0))).toBe(1)
    expect(resumed.samples).toBe(32)
  })
})

describe('the noise of gradients', () => {
  it('is found from two batch sizes, if single gradients vary by a known amount around a known one', () => {
    // |g|^2 = 9 and tr(cov) = 180 mean E|g_n|^2 = 9 + 180 / n.
    const noise = new GradientNoise()
    expect(noise.scale).toBeUndefined()
    for (let i = 0; i < 30; i++)
      noise.add({ samples: 32, square: 9 + 180 / 32 }, { samples: 128, square: 9 + 180 / 128 })
    expect(noise.scale).toBeCloseTo(20, 10)
    expect(noise.memory.count).toBe(10)
  })

  it('is found from gradients that are drawn', () => {
    const random = new Random('noise')
    const noise = new GradientNoise()
    const size = 2000
    const square = (sum: Float64Array, samples: number) =>
      sum.reduce((total, x) => total + (x / samples) ** 2, 0)
    for (let i = 0; i < 10; i++) {
      const sum = new Float64Array(size)
      let few = 0
      for (let sample = 1; sample <= 32; sample++) {
        for (let k = 0; k < size; k++) sum[k]! += random.normal(0.1, 1)
        if (sample === 8) few = square(sum, 8)
      }
      noise.add({ samples: 8, square: few }, { samples: 32, square: square(sum, 32) })
    }
    expect(noise.scale).toBeGreaterThan(90)
    expect(noise.scale).toBeLessThan(110)
  })

  it('is not told where it cannot be', () => {
    const noise = new GradientNoise()
    noise.add({ samples: 4, square: 1 }, { samples: 4, square: 1 })
    noise.add({ samples: 2, square: Infinity }, { samples: 4, square: 1 })
    expect(noise.memory.count).toBe(0)
    noise.add({ samples: 2, square: 1 }, { samples: 4, square: 3 })
    expect(noise.scale).toBeUndefined()
  })
})

describe('elements that are looked at', () => {
  it('are all of a small value, and some from all over a large one', () => {
    expect(stride(LOOKED_AT)).toBe(1)
    const size = 32 * 64 * 32 * 32
    const step = stride(size)
    expect(step).toBe(513)
    expect(size / step).toBeGreaterThan(0.9 * LOOKED_AT)
    // Every column of the picture comes up equally often.
    const columns = new Array(32).fill(0)
    for (let at = 0; at < size; at += step) columns[at % 32]++
    expect(Math.max(...columns) - Math.min(...columns)).toBeLessThanOrEqual(1)
  })

  it('have moments over what is finite, and say what is not', () => {
    expect(momentsOf(tensor([1, 3, Number.NaN, Infinity]))).toEqual({ mean: 2, std: 1, nonFinite: 0.5 })
    expect(momentsOf(tensor([Number.NaN]))).toEqual({ mean: 0, std: 0, nonFinite: 1 })
    expect(momentsOf(tensor([1, 3]), 0.5)).toEqual({ mean: 1, std: 0.5 })
  })
})

describe('layers that are called more than once', () => {
  it('are there with their first and their last call', () => {
    const loop = nn.defineLayer('loop', () => ({
      children: { cell: nn.tanh() },
      forward: (x, { cell }) => cell(cell(cell(ops.mul(x, 2)))),
    }))
    const options = { model: loop(), loss: nn.losses.mse(), inputShape: [3], batchSize: 2 }
    const { calls } = watchedGraph(options)
    expect(calls.map(({ path, call }) => `${path} ${call}`)).toEqual(['cell 1', 'cell 3'])
  })
})

describe('the first filters', () => {
  const found = (model: nn.Layer, shape: number[]) =>
    filtersOf(nn.trace(model, input('x', [1, ...shape]), { training: false }).calls)

  it('are those of a small convolution at the start', () => {
    expect(found(nn.sequential(nn.conv2d(3, 8, 5), nn.conv2d(8, 4, 3)), [3, 9, 9])).toBe('0.weight')
    expect(found(nn.conv2d(1, 64, 11), [1, 11, 11])).toBe('weight')
  })

  it('are not there if they are many, deep, large or single pixels', () => {
    expect(found(nn.conv2d(3, 65, 3), [3, 9, 9])).toBeUndefined()
    expect(found(nn.conv2d(4, 8, 3), [4, 9, 9])).toBeUndefined()
    expect(found(nn.conv2d(1, 8, 12), [1, 12, 12])).toBeUndefined()
    expect(found(nn.conv2d(3, 8, 1), [3, 9, 9])).toBeUndefined()
    expect(found(nn.linear(4, 3), [4])).toBeUndefined()
  })
})

describe('norms of parameters', () => {
  it('keep their digits: a small spread around a large mean, and squares beyond float32', () => {
    const values = Array.from({ length: 5000 }, (_, i) => 1000 + (i % 2) / 128)
    const large = Array.from({ length: 5000 }, () => 1e25)
    const reader = new ParameterReader(new Map([['w', tensor(values)]]), new Map([['w', tensor(large)]]))
    reader.keepGradients()
    reader.readBefore()
    const [found] = reader.readAfter()
    expect(found!.std).toBeCloseTo(1 / 256, 7)
    expect(found!.gradientNorm / (1e25 * Math.sqrt(5000))).toBeCloseTo(1, 5)
    expect(found!.updateRatio).toBe(0)
    expect(reader.gradient.cosine).toBeCloseTo(1, 6)
  })

  it('have no ratio for what is all 0, nor an angle to a gradient of 0', () => {
    const [w, g] = [tensor([0, 0]), tensor([0, 0])]
    const reader = new ParameterReader(new Map([['w', w]]), new Map([['w', g]]))
    reader.keepGradients()
    g.data.set([3, 4])
    reader.readBefore()
    w.data.set([1, 1])
    expect(reader.readAfter()).toEqual([{ name: 'w', norm: 0, gradientNorm: 5, std: 0, gradientStd: 0.5 }])
    expect(reader.gradient).toEqual({ square: 25, cosine: undefined })
  })
})
