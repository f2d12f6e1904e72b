import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { data, type Shape } from '../../../src/node.ts'
import { fitTo, seen } from './support.ts'

interface Fixture {
  readonly [name: string]: readonly number[]
}

const { pcaShare, ...fixture } = JSON.parse(
  readFileSync(new URL('../../fixtures/preprocess.json', import.meta.url), 'utf8'),
) as Fixture & { readonly pcaShare: number }

const [COUNT, FEATURES] = [40, 6]
const rows = Float32Array.from(fixture.rows!)
const train = rows.slice(0, COUNT * FEATURES)
const test = rows.slice(COUNT * FEATURES)
const pictures = Uint8Array.from(fixture.pictures!)
const pictureShape: Shape = [2, 2, 3]

/** Relative to the size of the values, since sums of float32 products cancel. */
function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length)
  const size = Math.max(...expected.map(Math.abs))
  const apart = Math.max(...actual.map((x, i) => Math.abs(x - expected[i]!)))
  expect(apart).toBeLessThan(tolerance * Math.max(size, 1))
}

describe('values of scikit-learn and NumPy, on samples that were not fitted to', () => {
  it.each([
    ['standardize', data.standardize()],
    ['center', data.center()],
    ['minMax', data.minMax()],
    ['minMaxSigned', data.minMax([-1, 1])],
    ['pca', data.pca({ components: 3 })],
    ['pcaShareValues', data.pca({ variance: 0.9 })],
    ['standardizePca', data.standardize().andThen(data.pca({ components: 2 }))],
    ['whiten', data.whiten()],
    ['whitenMore', data.whiten({ eps: 0.5 })],
    ['zca', data.zca()],
  ])('%s', async (name, preprocess) => {
    const fitted = await fitTo(preprocess, train, [FEATURES])
    // Whitening multiplies by up to 180 here, and with that the rounding of samples of size 16 to float32.
    const tolerance = name === 'whiten' || name === 'zca' ? 1e-4 : 1e-5
    expectClose(await seen(fitted, test), fixture[name]!, tolerance)
  })

  it('as many components as have a share of the variance', async () => {
    const fitted = await fitTo(data.pca({ variance: 0.9 }), train, [FEATURES])
    expect(fitted.outputShape).toEqual([pcaShare])
    expect(fitted.notices[0]).toMatch(/^pca: \d of 6 components have 9\d\.\d\d% of the variance$/)
  })

  it('pictures by channel, exactly', async () => {
    const { normalizer } = await fitTo(data.standardize(), pictures, pictureShape)
    normalizer!.mean.forEach((mean, c) => {
      expect(mean).toBeCloseTo(fixture.pictureMean![c]!, 12)
      expect(normalizer!.std[c]).toBeCloseTo(fixture.pictureStd![c]!, 12)
    })
  })

  it('pictures stay pictures under ZCA', async () => {
    const preprocess = data.standardize().andThen(data.zca({ eps: 0.1 }))
    const fitted = await fitTo(preprocess, pictures, pictureShape)
    expect(fitted.outputShape).toEqual(pictureShape)
    expectClose(await seen(fitted, pictures.slice(0, 3 * 12)), fixture.pictureZca!)
  })

  it('raw inputs are left as they are', async () => {
    const fitted = await fitTo(data.raw(), pictures, pictureShape)
    expect(fitted).toMatchObject({ normalizer: undefined, inGraph: false, maps: [] })
    expect(await seen(fitted, pictures)).toEqual([...pictures])
  })
})
