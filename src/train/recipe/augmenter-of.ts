import { type Augmenter, augmenter, needsOf, type Unit } from '../../augment/index.ts'
import { type Dataset, type Indices, loader, type Normalizer, type Split } from '../../data/index.ts'
import type { CheckedRecipe } from './recipe.ts'

interface TrainingSamples {
  readonly split: Split
  readonly indices: Indices
}

/**
 * What changes training samples as the recipe says; undefined if nothing does.
 * @param normalizer what was done to the samples that are augmented.
 */
export async function augmenterOf(
  { augment, seed }: Pick<CheckedRecipe, 'augment' | 'seed'>,
  { inputShape: shape, inputRange }: Dataset,
  samples: TrainingSamples,
  normalizer: Normalizer | undefined,
): Promise<Augmenter | undefined> {
  if (augment.length === 0) return undefined
  const unit = unitOf(shape[0] ?? 1, inputRange, normalizer)
  const covariance =
    needsOf(augment).has('covariance') && shape.length === 3
      ? await colorCovariance(samples, unit, normalizer)
      : undefined
  return augmenter(augment, { shape, seed, unit, covariance, moves: 'copying' })
}

/** From what the network sees back to raw values, and from their range to [0, 1]. */
function unitOf(
  channels: number,
  [low, high]: Dataset['inputRange'],
  { mean, std }: Partial<Normalizer> = {},
): Unit {
  const range = high - low
  const of = (value: (c: number) => number) => Array.from({ length: channels }, (_, c) => value(c))
  return {
    scale: of((c) => (std?.[c] ?? 1) / range),
    offset: of((c) => ((mean?.[c] ?? 0) - low) / range),
  }
}

const BATCH = 256

/** Covariance of the channels in [0, 1] over all pixels of the samples, [C, C]. One pass, from the first pixel on. */
async function colorCovariance(
  { split, indices }: TrainingSamples,
  { scale }: Unit,
  normalizer: Normalizer | undefined,
): Promise<readonly number[]> {
  const [channels, height, width] = split.shape as [number, number, number]
  const plane = height * width
  const count = indices === 'all' ? split.count : indices.length
  const batches = loader(split, indices, { batchSize: Math.min(BATCH, count), shuffle: false, normalizer })
  const sums = new Float64Array(channels)
  const products = new Float64Array(channels ** 2)
  let origin: readonly number[] | undefined
  for await (const { inputs, count } of batches.batches(0)) {
    origin ??= Array.from({ length: channels }, (_, c) => inputs[c * plane]!)
    for (let sample = 0; sample < count; sample++)
      addColors(inputs, sample * channels * plane, plane, { origin, sums, products })
  }
  const pixels = count * plane
  return Array.from(products, (product, i) => {
    const [row, column] = [Math.floor(i / channels), i % channels]
    const covariance = product / pixels - (sums[row]! / pixels) * (sums[column]! / pixels)
    return covariance * scale[row]! * scale[column]!
  })
}

interface ColorSums {
  readonly origin: readonly number[]
  /** Of distances from the origin. */
  readonly sums: Float64Array
  /** Of their products, [C, C]. */
  readonly products: Float64Array
}

function addColors(
  inputs: Float32Array,
  start: number,
  plane: number,
  { origin, sums, products }: ColorSums,
): void {
  const channels = sums.length
  for (let row = 0; row < channels; row++) {
    const [a, fromA] = [start + row * plane, origin[row]!]
    for (let column = 0; column < channels; column++) {
      const [b, fromB] = [start + column * plane, origin[column]!]
      let total = 0
      for (let i = 0; i < plane; i++) total += (inputs[a + i]! - fromA) * (inputs[b + i]! - fromB)
      products[row * channels + column]! += total
    }
    let sum = 0
    for (let i = 0; i < plane; i++) sum += inputs[a + i]! - fromA
    sums[row]! += sum
  }
}
