import { ensureKnownOptions, type Random } from '../core/index.ts'
import type { Affine } from './affine.ts'
import { defineAugmentation } from './augmentation.ts'
import { drawFactor, factors, type Interval, interval } from './interval.ts'

export interface RandomResizedCropOptions {
  /** The share of the picture's area that the window has (default [0.08, 1]). */
  readonly area?: Interval
  /** Its width / height (default [3 / 4, 4 / 3]). */
  readonly aspect?: Interval
}

/** Before the window that fits best is taken. */
const ATTEMPTS = 10

/**
 * A window of random area, shape and place, enlarged to the size of the picture. Windows lie on whole pixels; what is half a
 * pixel outside of one comes from its neighbors in the picture, where torchvision, which cuts first, repeats the edge.
 * @throws for options out of range.
 * Source: Szegedy et al., Going Deeper with Convolutions, 2015.
 */
export const randomResizedCrop = defineAugmentation(
  'randomResizedCrop',
  (options: RandomResizedCropOptions = {}) => {
    ensureKnownOptions('randomResizedCrop', options, ['area', 'aspect'])
    const area = interval('randomResizedCrop: expected an area', options.area ?? [0.08, 1], {
      least: 1e-6,
      most: 1,
    })
    const aspect = factors('randomResizedCrop: expected aspects', options.aspect ?? [3 / 4, 4 / 3])
    return {
      kind: 'geometric',
      place({ random }, { width, height }): Affine {
        const [w, h] = windowSize(random, { width, height }, area, aspect)
        const [left, top] = [random.integer(width - w + 1), random.integer(height - h + 1)]
        const [x, y] = [w / width, h / height]
        return [x, 0, left + (x - 1) / 2, 0, y, top + (y - 1) / 2]
      },
    }
  },
  {
    doc: 'A window of random area, shape and place, enlarged to the size of the picture.',
    source: 'Szegedy et al., Going Deeper with Convolutions, 2015',
    examples: [
      { name: 'default', args: [] },
      { name: 'mild', args: [{ area: [0.6, 1], aspect: [0.9, 1.1] }] },
    ],
  },
)

function windowSize(
  random: Random,
  { width, height }: { width: number; height: number },
  area: Interval,
  aspect: Interval,
): [width: number, height: number] {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const pixels = width * height * random.uniform(...area)
    const ratio = drawFactor(random, aspect)
    const [w, h] = [Math.round(Math.sqrt(pixels * ratio)), Math.round(Math.sqrt(pixels / ratio))]
    if (w > 0 && h > 0 && w <= width && h <= height) return [w, h]
  }
  // As large as possible within the aspects.
  const ratio = Math.min(Math.max(width / height, aspect[0]), aspect[1])
  return ratio < width / height
    ? [Math.max(1, Math.round(height * ratio)), height]
    : [width, Math.max(1, Math.round(width / ratio))]
}
