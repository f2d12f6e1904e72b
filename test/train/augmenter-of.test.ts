import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { defineAugmentation, fancyPca, type Picture, sometimes } from '../../src/augment/index.ts'
import { fitNormalizer, makeDataset, makeSplit } from '../../src/data/index.ts'
import * as nn from '../../src/nn/index.ts'
import { sgd } from '../../src/optim/index.ts'
import { augmenterOf } from '../../src/train/recipe/augmenter-of.ts'
import { checkRecipe } from '../../src/train/recipe/recipe.ts'

const { fancyPca: fixture } = JSON.parse(
  readFileSync(new URL('../fixtures/augment.json', import.meta.url), 'utf8'),
) as { fancyPca: { set: number[]; shape: [number, number, number, number]; covariance: number[] } }
const [count, ...shape] = fixture.shape

/** The colors of the fixture in another range, after two pictures that are not trained on. */
const [low, high] = [-20, 180]
const raw = [
  ...Array.from({ length: 120 }, (_, i) => i % 7),
  ...fixture.set.map((u) => low + u * (high - low)),
]
const split = makeSplit(Float32Array.from(raw), new Int32Array(count + 2), shape)
const data = makeDataset({
  name: 'colors',
  train: split,
  test: split,
  inputRange: [low, high],
  classes: ['one'],
})
const indices = Uint32Array.from({ length: count }, (_, i) => i + 2)

/** What augmentations get to know of the pictures. */
async function known(normalized: boolean): Promise<Picture> {
  let seen: Picture | undefined
  const look = defineAugmentation('look', () => ({
    kind: 'geometric',
    check(picture) {
      seen = picture
    },
    place: () => [1, 0, 0, 0, 1, 0],
  }))
  const augment = [look(), sometimes(0.5, fancyPca())]
  const recipe = checkRecipe({ data, model: nn.linear(60, 1), optimizer: sgd(0.1), epochs: 1, augment })
  const normalizer = normalized ? fitNormalizer(split, indices) : undefined
  await augmenterOf(recipe, data, { split, indices }, normalizer)
  return seen!
}

describe('augmentations get to know', () => {
  it.each([true, false])(
    'the covariance of the colors in [0, 1] over the training samples (standardized: %s)',
    async (normalized) => {
      const { covariance } = await known(normalized)
      covariance!.forEach((value, i) => {
        expect(Math.abs(value - fixture.covariance[i]!)).toBeLessThan(1e-6) // from float32 numbers
      })
    },
  )

  it('how to bring what the network sees to [0, 1]', async () => {
    const { mean, std } = fitNormalizer(split, indices)
    const { unit } = await known(true)
    for (const c of [0, 1, 2])
      for (const u of [0, 0.3, 1]) {
        const x = (low + u * (high - low) - mean[c]!) / std[c]!
        expect(x * unit.scale[c]! + unit.offset[c]!).toBeCloseTo(u, 12)
      }
    const plain = await known(false)
    expect(low * plain.unit.scale[1]! + plain.unit.offset[1]!).toBeCloseTo(0, 12)
    expect(high * plain.unit.scale[1]! + plain.unit.offset[1]!).toBeCloseTo(1, 12)
  })
})
