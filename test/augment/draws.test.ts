import { describe, expect, it } from 'vitest'
import {
  type Augmentation,
  type Augmentations,
  augmenter,
  brightness,
  contrast,
  cutMix,
  cutout,
  fancyPca,
  gaussianNoise,
  grayscale,
  hsvJitter,
  hue,
  lensDistortion,
  light,
  mixup,
  needsOf,
  posterize,
  randAugment,
  randomFlip,
  randomResizedCrop,
  rotate,
  saturation,
  shear,
  solarize,
  someOf,
  sometimes,
  standard,
  stretch,
  strong,
  translate,
  zoom,
} from '../../src/augment/index.ts'
import type { Shape } from '../../src/core/index.ts'

const SAMPLES = 4000
const samples = Uint32Array.from({ length: SAMPLES }, (_, i) => i)

/** What one pass draws for many samples, row by row. */
function draws(list: Augmentations, shape: Shape = [3, 32, 32], pass = 0): number[][] {
  const made = augmenter(list, { shape, seed: 3 })
  const numbers = made.inputs(SAMPLES)[pass]!.shape[1]!
  const drawn = new Float32Array(SAMPLES * numbers)
  made.fill(pass, { epoch: 1, samples }, drawn)
  return Array.from({ length: SAMPLES }, (_, row) => [...drawn.subarray(row * numbers, (row + 1) * numbers)])
}

const column = (rows: readonly number[][], at: number) => rows.map((row) => row[at]!)
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
const range = (values: readonly number[]) => [Math.min(...values), Math.max(...values)]

describe('what is drawn lies in its range, and fills it', () => {
  it('hsvJitter: powers in [0.25, 4], factors in [0.7, 1.4], sums and hues in [-0.1, 0.1]', () => {
    const rows = draws(hsvJitter())
    const ends = [
      [0.25, 4],
      [0.7, 1.4],
      [-0.1, 0.1],
    ]
    for (const [at, [low, high]] of [...ends, ...ends, ends[2]!].entries()) {
      const [least, most] = range(column(rows, at))
      const slack = (high! - low!) * 0.02
      expect(least, `number ${at}`).toBeGreaterThanOrEqual(Math.fround(low!))
      expect(least).toBeLessThan(low! + slack)
      expect(most).toBeLessThanOrEqual(Math.fround(high!))
      expect(most).toBeGreaterThan(high! - slack)
    }
    const darker = column(rows, 3).filter((power) => power > 1).length
    expect(Math.abs(darker - SAMPLES / 2)).toBeLessThan(5 * Math.sqrt(SAMPLES / 4))
  })

  it('fancyPca: a ~ N(0, 0.1) for each direction', () => {
    const covariance = [0.09, 0, 0, 0, 0.04, 0, 0, 0, 0.01]
    const made = augmenter(fancyPca(), { shape: [3, 4, 4], seed: 0, covariance })
    const drawn = new Float32Array(SAMPLES * 6)
    made.fill(0, { epoch: 0, samples }, drawn)
    for (const [channel, variance] of [0.09, 0.04, 0.01].entries()) {
      const shifts = Array.from({ length: SAMPLES }, (_, row) => drawn[row * 6 + 3 + channel]! / variance)
      expect(Math.abs(mean(shifts))).toBeLessThan((5 * 0.1) / Math.sqrt(SAMPLES))
      const std = Math.sqrt(mean(shifts.map((a) => a * a)))
      expect(Math.abs(std - 0.1)).toBeLessThan((5 * 0.1) / Math.sqrt(2 * SAMPLES))
    }
  })

  it('gaussianNoise: normal, of the given std by channel', () => {
    const unit = { scale: [0.25, 0.5, 1], offset: [0.5, 0.5, 0.5] }
    const made = augmenter(gaussianNoise(0.05), { shape: [3, 64, 64], seed: 1, unit })
    const drawn = new Float32Array(4 * 3 * 4096)
    made.fill(0, { epoch: 0, samples: samples.subarray(0, 4) }, drawn)
    for (const [channel, scale] of unit.scale.entries()) {
      const values = Array.from({ length: 4 * 4096 }, (_, i) => {
        return (drawn[Math.floor(i / 4096) * 3 * 4096 + channel * 4096 + (i % 4096)]! * scale) / 0.05
      })
      const count = values.length
      expect(Math.abs(mean(values))).toBeLessThan(5 / Math.sqrt(count))
      expect(Math.abs(mean(values.map((z) => z ** 2)) - 1)).toBeLessThan(5 * Math.sqrt(2 / count))
      expect(Math.abs(mean(values.map((z) => z ** 4)) - 3)).toBeLessThan(5 * Math.sqrt(96 / count))
      // Neighbors draw from halves of the same bits.
      const pairs = values.flatMap((z, i) => (i % 2 === 0 ? [z * values[i + 1]!] : []))
      expect(Math.abs(mean(pairs))).toBeLessThan(5 / Math.sqrt(pairs.length))
    }
  })

  it('mixup: shares of Beta(alpha, alpha)', () => {
    for (const alpha of [0.2, 1, 4]) {
      const shares = column(draws(mixup({ alpha })), 0)
      const variance = 1 / (4 * (2 * alpha + 1))
      expect(range(shares)[0]).toBeGreaterThanOrEqual(0)
      expect(range(shares)[1]).toBeLessThanOrEqual(1)
      expect(Math.abs(mean(shares) - 0.5)).toBeLessThan(5 * Math.sqrt(variance / SAMPLES))
      const found = mean(shares.map((share) => (share - 0.5) ** 2))
      expect(Math.abs(found / variance - 1)).toBeLessThan(0.1)
    }
  })

  it('cutMix: the share is what is left of the area', () => {
    for (const [own, top, bottom, left, right] of draws(cutMix(), [1, 12, 20]) as [
      number,
      number,
      number,
      number,
      number,
    ][]) {
      expect(top).toBeGreaterThanOrEqual(0)
      expect(bottom).toBeLessThanOrEqual(12)
      expect(left).toBeGreaterThanOrEqual(0)
      expect(right).toBeLessThanOrEqual(20)
      expect(own).toBeCloseTo(1 - ((bottom - top) * (right - left)) / 240, 6)
    }
  })

  it('randomResizedCrop: windows of the given areas and shapes, within the picture', () => {
    const [height, width] = [40, 60]
    const rows = draws(randomResizedCrop({ area: [0.2, 0.5], aspect: [0.8, 1.25] }), [1, height, width])
    // In units of the grid, where -1 and 1 are the middles of the outermost pixels.
    for (const [a, , , , e] of rows as [number, number, number, number, number, number][]) {
      const [w, h] = [((a * (width - 1)) / 2) * width, ((e * (height - 1)) / 2) * height]
      expect((w * h) / (width * height)).toBeGreaterThan(0.18)
      expect((w * h) / (width * height)).toBeLessThan(0.53)
      expect(w / h).toBeGreaterThan(0.75)
      expect(w / h).toBeLessThan(1.33)
    }
  })

  it('translate: every place alike', () => {
    const counts = new Map<number, number>()
    for (const x of column(draws(translate(1 / 8, { axis: 'x' })), 2)) counts.set(x, (counts.get(x) ?? 0) + 1)
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-4, -3, -2, -1, 0, 1, 2, 3, 4])
    for (const count of counts.values())
      expect(Math.abs(count - SAMPLES / 9)).toBeLessThan(5 * Math.sqrt(SAMPLES * (8 / 81)))
  })
})

describe('chance', () => {
  const isOn = (rows: readonly number[][]) => rows.map((row) => row[0] !== 1)

  it('sometimes lets all of its augmentations act together', () => {
    const list = sometimes(0.3, brightness([2, 2]), cutout(4), mixup())
    const bright = isOn(draws(list))
    const cut = column(draws(list, [3, 32, 32], 1), 0).map((top) => top !== -4)
    expect(cut).toEqual(bright)
    const share = bright.filter(Boolean).length / SAMPLES
    expect(Math.abs(share - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / SAMPLES))
  })

  it('two of them draw apart', () => {
    const both = [sometimes(0.5, brightness([2, 2])), cutout(4), sometimes(0.5, brightness([2, 2]))]
    const [first, last] = [isOn(draws(both)), isOn(draws(both, [3, 32, 32], 2))]
    const agree = first.filter((on, i) => on === last[i]).length
    expect(Math.abs(agree - SAMPLES / 2)).toBeLessThan(5 * Math.sqrt(SAMPLES / 4))
  })

  it('someOf lets as many act as it says, each as often', () => {
    const one = (value: number) => [brightness([value, value]), cutout(2)] // cutout ends the pass
    const list = someOf(2, one(2), one(2), one(2))
    const on = [0, 2, 4].map((pass) => isOn(draws(list, [3, 32, 32], pass)))
    for (let row = 0; row < SAMPLES; row++) expect(on.filter((chosen) => chosen[row]).length).toBe(2)
    for (const chosen of on) {
      const count = chosen.filter(Boolean).length
      expect(Math.abs(count - (SAMPLES * 2) / 3)).toBeLessThan(5 * Math.sqrt(SAMPLES * (2 / 9)))
    }
  })

  it('keeps apart which of an augmentation it is, by name', () => {
    const { names } = augmenter([sometimes(0.5, randomFlip()), [[cutout(2)]]], { shape: [1, 4, 4], seed: 0 })
    expect(names).toEqual(['sometimes(randomFlip)', 'cutout'])
  })
})

describe('passes', () => {
  const passes = (list: Augmentations, moves: 'graph' | 'copying' = 'graph') =>
    augmenter(list, { shape: [3, 32, 32], seed: 0, moves })
      .inputs(2)
      .map(({ shape }) => shape[1])

  it('moves become one resampling, linear colors one map', () => {
    expect(passes([randomFlip(), rotate(10), zoom(1.2), shear(5), translate(0.1)])).toEqual([6])
    expect(passes([brightness(0.1), contrast(0.1)])).toEqual([3 + 9 + 3])
    expect(passes([brightness(0.1)])).toEqual([3 + 3])
    expect(passes([saturation(0.1), brightness(0.1), grayscale()])).toEqual([9 + 3])
    expect(passes([randomFlip(), lensDistortion(0.1), rotate(5)])).toEqual([2 * 1024])
  })

  it('but not where they disagree on what is beyond the edges', () => {
    expect(passes([rotate(5), zoom(1.1, { mode: 'edge' })])).toEqual([6, 6])
  })

  it('the first is left to the copy', () => {
    expect(passes([strong()], 'copying')).toEqual([9 + 9 + 3, 2])
    expect(passes([standard()], 'copying')).toEqual([])
    expect(passes([brightness(0.1), rotate(3)], 'copying')).toEqual([6, 6])
  })

  it('say what they must know of the training samples', () => {
    expect([...needsOf([randomFlip(), [sometimes(0.5, fancyPca())]])]).toEqual(['covariance'])
    expect([...needsOf(strong())]).toEqual([])
  })
})

describe('policies go by the size of the picture', () => {
  it.each([
    [8, 1],
    [32, 4],
    [224, 28],
  ])('%i pixels are moved by up to %i', (size, most) => {
    const moves = column(draws(standard({ flip: false }), [1, size, size]), 2)
    expect(range(moves)).toEqual([-most, most])
    const lighter = column(draws(light({ flip: false }), [1, size, size]), 2)
    expect(range(lighter)).toEqual([-Math.round(size / 16), Math.round(size / 16)])
  })

  it('all of them fit pictures of any size and either kind', () => {
    for (const shape of [
      [1, 8, 8],
      [3, 28, 30],
    ])
      for (const list of [light(), standard(), strong(), randAugment()])
        expect(augmenter(list, { shape, seed: 0 }).names.length).toBeGreaterThan(1)
  })
})

describe('what does not fit is refused', () => {
  const cases: [make: () => unknown, message: string][] = [
    [() => rotate(-5), 'rotate: expected an angle in degrees of 0 or more, or an interval, got -5'],
    [() => rotate([5, -5]), 'the smaller one first, got [5, -5]'],
    [() => rotate(Number.NaN), 'rotate: expected an angle'],
    [() => rotate(5, { mode: 'black' as never }), 'unknown mode of rotate "black"'],
    [() => zoom(0.5), 'zoom: expected factors of at least 1, or an interval, got 0.5'],
    [() => stretch([0, 1]), 'stretch: expected factors above 0'],
    [() => shear(90), 'shear: expected an angle in degrees of at least -89 and at most 89'],
    [() => translate(1.5), 'translate: expected a share of at least -1 and at most 1'],
    [() => translate(0.1, { axis: 'z' as never }), 'unknown axis of translate "z"'],
    [() => lensDistortion([-0.5, 0]), 'lensDistortion: expected a strength of at least -0.33'],
    [() => randomResizedCrop({ area: [0.5, 2] }), 'randomResizedCrop: expected an area'],
    [() => brightness([-1, 1]), 'brightness: expected factors of at least 0'],
    [() => hue(0.6), 'hue: expected shares of at least -0.5 and at most 0.5'],
    [() => gaussianNoise(-0.1), 'gaussianNoise: expected an std'],
    [() => posterize(0), 'posterize: expected 1 .. 8 bits, got 0'],
    [() => solarize(2), 'solarize: expected a threshold in [0, 1], got 2'],
    [() => mixup({ alpha: 0 }), 'mixup: expected an alpha above 0, got 0'],
    [() => cutout(0), 'cutout: expected a size'],
    [() => sometimes(2, randomFlip()), 'sometimes: expected a probability in [0, 1], got 2'],
    [() => someOf(3, randomFlip()), 'someOf: expected a number of augmentations 1 .. 1, got 3'],
    [() => randAugment({ magnitude: 31 }), 'randAugment: expected a magnitude 0 .. 30, got 31'],
    [() => strong({ flips: true } as never), 'did you mean "flip"'],
  ]
  it.each(cases)('%s', (make, message) => {
    expect(make).toThrow(message)
  })

  const fit = (list: Augmentation, shape: Shape) => () => augmenter([list], { shape, seed: 0 })
  it('pictures', () => {
    expect(fit(grayscale(), [1, 8, 8])).toThrow('grayscale: expected pictures of 3 channels, got 1')
    expect(fit(hsvJitter(), [4, 8, 8])).toThrow('hsvJitter: expected pictures of 3 channels, got 4')
    expect(fit(fancyPca(), [3, 8, 8])).toThrow(
      'fancyPca: expected the covariance of 3 channels, [3, 3], got none',
    )
  })
})
