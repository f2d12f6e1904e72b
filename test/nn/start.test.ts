import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { numbersOf, Random, type Shape, tensor, zeros } from '../../src/core/index.ts'
import { init } from '../../src/nn/index.ts'

interface Stored {
  readonly shape: Shape
  readonly data: number[]
}
const fixture = JSON.parse(readFileSync(new URL('../fixtures/start.json', import.meta.url), 'utf8')) as {
  dirac: Stored[]
  images: Stored
  whitening: Record<string, { eps: number; weight: Stored }>
}
const images = tensor(fixture.images.data, fixture.images.shape)

describe('dirac', () => {
  it.each(fixture.dirac)('agrees with PyTorch: $shape', ({ shape, data }) => {
    expect(numbersOf(init.dirac()(shape, new Random(0)))).toEqual(data)
  })

  it('starts the filters for which there is no channel as it is told', () => {
    const rest = init.normal(0.5)
    const drawn = numbersOf(rest([5, 2, 3, 3], new Random(1)))
    const weight = numbersOf(init.dirac({ rest })([5, 2, 3, 3], new Random(1)))
    expect(weight.slice(36)).toEqual(drawn.slice(36))
    expect(weight.slice(0, 36)).toEqual(numbersOf(init.dirac()([2, 2, 3, 3], new Random(1))))
  })

  it('refuses what is no weight of a convolution', () => {
    expect(() => init.dirac()([4, 4], new Random(0))).toThrow(
      'init.dirac: expected the weight of a convolution [out, in, k, ...], got [4, 4]',
    )
    expect(() => init.dirac({ rst: init.zeros } as never)).toThrow('did you mean "rest"')
  })
})

describe('whitening', () => {
  it.each(Object.entries(fixture.whitening))('agrees with PyTorch: %s', (_, { eps, weight }) => {
    const found = numbersOf(init.whitening(images, { eps })(weight.shape, new Random(0)))
    const size = Math.max(...weight.data.map(Math.abs))
    found.forEach((x, i) => {
      expect(Math.abs(x - weight.data[i]!) / size).toBeLessThan(1e-5)
    })
  })

  it('gives outputs that are uncorrelated and of variance 1', () => {
    const shape = [24, 3, 2, 2]
    const weight = numbersOf(init.whitening(images, { eps: 1e-9 })(shape, new Random(0)))
    const outputs = patches(2, 2).map((patch) =>
      Array.from({ length: 12 }, (_, o) => patch.reduce((sum, x, i) => sum + x * weight[o * 12 + i]!, 0)),
    )
    for (let a = 0; a < 12; a++)
      for (let b = 0; b <= a; b++) {
        const product = outputs.reduce((sum, y) => sum + y[a]! * y[b]!, 0) / outputs.length
        // Weights are rounded to float32, and the smallest directions make them large.
        expect(Math.abs(product - (a === b ? 1 : 0))).toBeLessThan(1e-3)
      }
  })

  it('refuses weights and samples that do not fit', () => {
    const fill = (shape: Shape) => init.whitening(images)(shape, new Random(0))
    for (const shape of [
      [23, 3, 2, 2],
      [26, 3, 2, 2],
      [8, 4, 2, 2],
      [8, 3],
    ])
      expect(() => fill(shape)).toThrow('init.whitening: expected a weight [out, 3, kH, kW]')
    expect(() => fill([2, 3, 8, 2])).toThrow('expected samples of at least 8x2 pixels, got 7x6')
    expect(() => init.whitening(zeros([3, 4]))).toThrow('expected images [N, C, H, W], got [3, 4]')
    expect(() => init.whitening(images, { eps: 0 })).toThrow('init.whitening: expected eps > 0, got 0')
    expect(() => init.whitening(images, { epz: 1 } as never)).toThrow('did you mean "eps"')
  })
})

/** Every patch of the images, in the order of the weight. */
function patches(kH: number, kW: number): number[][] {
  const [n, c, h, w] = images.shape as [number, number, number, number]
  const at = (i: number, j: number, y: number, x: number) => images.data[((i * c + j) * h + y) * w + x]!
  const all: number[][] = []
  for (let i = 0; i < n; i++)
    for (let y = 0; y + kH <= h; y++)
      for (let x = 0; x + kW <= w; x++) {
        const patch: number[] = []
        for (let j = 0; j < c; j++)
          for (let dy = 0; dy < kH; dy++) for (let dx = 0; dx < kW; dx++) patch.push(at(i, j, y + dy, x + dx))
        all.push(patch)
      }
  return all
}
