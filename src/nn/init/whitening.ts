import {
  ensure,
  ensureKnownOptions,
  formatShape,
  symmetricEigen,
  type Tensor,
  zeros,
} from '../../core/index.ts'
import { defineInitializer, expectPositive } from './define.ts'

export interface WhiteningOptions {
  /** Added to the variances before the square root (default 5e-4): what is nearly noise is not blown up. */
  eps?: number
}

/**
 * A first convolution that whitens: its filters are the principal directions of the patches of `samples`, each divided by
 * the standard deviation of the patches along it, so that its outputs are uncorrelated and of variance 1. The first half of
 * the weight [out, in, kH, kW] holds the out / 2 largest directions, the second half their negatives, so that an activation
 * such as ReLU loses nothing. Freeze it (`groups([{ match: '0.weight', freeze: true }])`): it is right from the start.
 *
 * @param samples images [N, in, H, W] as the model sees them, standardized; some thousand patches are enough.
 * @throws for samples that are no images; when it is used, for a weight with an odd number of filters, more than twice as
 *   many as a patch has numbers, or for other channels than the samples'.
 * Source: Jordan, 94% on CIFAR-10 in 3.29 seconds on a single GPU, 2024, after Page, How to train your ResNet, 2018.
 */
export const whitening = defineInitializer(
  'whitening',
  (samples: Tensor, options: WhiteningOptions = {}) => {
    ensureKnownOptions('init.whitening', options, ['eps'])
    const { eps = 5e-4 } = options
    expectPositive('whitening', 'eps', eps)
    ensure(
      samples.shape.length === 4,
      `init.whitening: expected images [N, C, H, W], got ${formatShape(samples.shape)}`,
    )
    return (shape) => {
      const [outputs = 0, inputs = 0, ...kernel] = shape
      const size = inputs * kernel.reduce((a, b) => a * b, 1)
      const fits = kernel.length === 2 && outputs % 2 === 0 && outputs / 2 <= size
      const wanted = `[out, ${samples.shape[1]}, kH, kW] with an even number of filters, at most two for each number of a patch`
      ensure(
        fits && inputs === samples.shape[1],
        `init.whitening: expected a weight ${wanted}, got ${formatShape(shape)}`,
      )
      const [height, width] = samples.shape.slice(2) as [number, number]
      ensure(
        kernel[0]! <= height && kernel[1]! <= width,
        `init.whitening: expected samples of at least ${kernel[0]}x${kernel[1]} pixels, got ${height}x${width}`,
      )
      const { values, vectors } = symmetricEigen(patchCovariance(samples, kernel as [number, number]), size)
      const result = zeros(shape)
      for (let i = 0; i < outputs / 2; i++) {
        const scale = 1 / Math.sqrt(values[i]! + eps)
        vectors[i]!.forEach((value, j) => {
          result.data[i * size + j] = value * scale
          result.data[(i + outputs / 2) * size + j] = -value * scale
        })
      }
      return result
    }
  },
  {
    doc: 'A first convolution whose outputs are uncorrelated and of variance 1: the principal directions of patches.',
    source: 'Page, How to train your ResNet, 2018; Jordan, 94% on CIFAR-10 in 3.29 seconds, 2024',
    examples: [{ name: 'two pixels', args: [ramp([2, 1, 4, 5])], input: [4, 1, 1, 2] }],
  },
)

/** Mean of the products of every two numbers of a patch, over all patches of all images: [size, size]. */
function patchCovariance({ data, shape }: Tensor, [kH, kW]: readonly [number, number]): Float64Array {
  const [count, channels, height, width] = shape as [number, number, number, number]
  const offsets: number[] = []
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < kH; y++) for (let x = 0; x < kW; x++) offsets.push((c * height + y) * width + x)
  const size = offsets.length
  const sums = new Float64Array(size * size)
  const patch = new Float64Array(size)
  for (let n = 0; n < count; n++)
    for (let y = 0; y + kH <= height; y++)
      for (let x = 0; x + kW <= width; x++) {
        const start = (n * channels * height + y) * width + x
        for (let i = 0; i < size; i++) patch[i] = Number(data[start + offsets[i]!])
        for (let i = 0; i < size; i++)
          for (let j = i; j < size; j++) sums[i * size + j]! += patch[i]! * patch[j]!
      }
  const patches = count * (height - kH + 1) * (width - kW + 1)
  return sums.map((_, at) => {
    const [i, j] = [Math.floor(at / size), at % size]
    return sums[Math.min(i, j) * size + Math.max(i, j)]! / patches
  })
}

/** Numbers that are not all alike, for the catalog's example. */
function ramp(shape: readonly number[]): Tensor {
  const result = zeros(shape)
  result.data.forEach((_, i) => {
    result.data[i] = Math.sin(i)
  })
  return result
}
