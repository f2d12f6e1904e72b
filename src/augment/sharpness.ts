import { constant, type Value } from '../graph/index.ts'
import { add, clip, conv, crop, mul, pad, sub } from '../ops/index.ts'
import { defineAugmentation } from './augmentation.ts'
import { type Interval, interval } from './interval.ts'
import { columnsOf, fromUnit, toUnit } from './unit.ts'

/** What a pixel differs from the mean of itself, five times, and its eight neighbors; 0 at the edge. u [N, C, H, W] */
function blurring(u: Value): Value {
  const [, channels, height, width] = u.shape as [number, number, number, number]
  const kernel = Float32Array.from({ length: 9 * channels }, (_, i) => (i % 9 === 4 ? 5 : 1) / 13)
  const blurred = conv(u, constant(kernel, 'float32', [channels, 1, 3, 3]), { group: channels })
  const inner = crop(u, [0, 0, 1, 1], [...u.shape.slice(0, 2), height - 2, width - 2])
  return pad(sub(blurred, inner), [
    [0, 0],
    [0, 0],
    [1, 1],
    [1, 1],
  ])
}

/**
 * Sharpens pictures (factors above 1) or blurs them (below 1), by how far each pixel is from the mean around it. Pixels at the edge
 * stay, as do pictures of less than three pixels.
 * @param amount by from 1 - amount to 1 + amount; or an interval of factors, 0 or more.
 * @throws for factors out of range.
 * Source: Pillow's ImageEnhance.Sharpness.
 */
export const sharpness = defineAugmentation(
  'sharpness',
  (amount: number | Interval) => {
    const range = interval('sharpness: expected factors', amount, { around: 1, least: 0 })
    return {
      kind: 'recoloring',
      numbers: 1,
      draw: ({ random }) => [1 - random.uniform(...range)],
      neutral: () => [0],
      apply(x, drawn, picture) {
        if (Math.min(picture.height, picture.width) < 3) return x
        const u = toUnit(x, picture)
        const [share] = columnsOf(drawn) as [Value]
        return fromUnit(clip(add(u, mul(blurring(u), share)), { min: 0, max: 1 }), picture)
      },
    }
  },
  {
    doc: 'Sharpens pictures or blurs them, by a random factor.',
    examples: [{ name: 'by up to a half', args: [0.5] }],
  },
)
