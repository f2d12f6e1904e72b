import type { Random } from '../core/index.ts'
import { add, reshape } from '../ops/index.ts'
import { defineAugmentation, type Picture } from './augmentation.ts'
import { type Interval, interval } from './interval.ts'

/** So many quantiles of the normal distribution stand for it: the outermost lie 4.3 standard deviations out. */
const QUANTILES = 1 << 16

let quantiles: Float32Array | undefined

/**
 * The middles of equal shares of the standard normal distribution, from low to high, scaled to variance 1. A picture takes 150,000
 * draws: looked up by 16 random bits each they cost a tenth of what {@link Random.normal} costs.
 */
function normalQuantiles(): Float32Array {
  if (quantiles) return quantiles
  const table = Float32Array.from({ length: QUANTILES }, (_, i) => normalQuantile((i + 0.5) / QUANTILES))
  const spread = Math.sqrt(table.reduce((sum, z) => sum + z * z, 0) / QUANTILES)
  quantiles = table.map((z) => z / spread)
  return quantiles
}

/** The inverse of the normal distribution function, to 1e-9 (Acklam, 2003). */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p)
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ]
  const b = [
    -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
  ]
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ]
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]
  const polynomial = (terms: readonly number[], x: number) => terms.reduce((sum, term) => sum * x + term, 0)
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p))
    return polynomial(c, q) / polynomial(d, q)
  }
  const q = p - 0.5
  return (q * polynomial(a, q * q)) / polynomial(b, q * q)
}

function noise(random: Random, std: number, { channels, height, width, unit }: Picture): Float32Array {
  const table = normalQuantiles()
  const plane = height * width
  const values = new Float32Array(channels * plane)
  let bits = 0
  for (let c = 0, i = 0; c < channels; c++) {
    const scale = std / unit.scale[c]!
    for (const end = i + plane; i < end; i++) {
      bits = i % 2 === 0 ? random.bits() : bits >>> 16
      values[i] = scale * table[bits & 0xffff]!
    }
  }
  return values
}

/**
 * Adds normal noise, with a draw for every pixel and channel. Not cut off at black and white, where torchvision does so by default:
 * the mean color stays.
 * @param std in units of the range from black to white: 0.05 is clearly seen; or an interval to draw it from for each use.
 * @throws for an std below 0.
 */
export const gaussianNoise = defineAugmentation(
  'gaussianNoise',
  (std: number | Interval) => {
    const ends = typeof std === 'number' ? ([std, std] as const) : std
    const range = interval('gaussianNoise: expected an std', ends, { least: 0 })
    const size = ({ channels, height, width }: Picture) => channels * height * width
    return {
      kind: 'recoloring',
      numbers: size,
      draw: ({ random }, picture) => noise(random, random.uniform(...range), picture),
      neutral: (picture) => new Float32Array(size(picture)),
      apply: (x, drawn) => add(x, reshape(drawn, x.shape)),
    }
  },
  {
    doc: 'Adds normal noise to every pixel.',
    source: 'Bishop, Training with noise is equivalent to Tikhonov regularization, 1995',
    examples: [
      { name: 'as strong for all', args: [0.05] },
      { name: 'from none on', args: [[0, 0.1]] },
    ],
  },
)
