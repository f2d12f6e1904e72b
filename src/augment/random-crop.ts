import { ensure, ensureKnownOptions } from '../core/index.ts'
import { type Border, defineAugmentation } from './augmentation.ts'
import { checkBorder } from './border.ts'

export interface RandomCropOptions {
  /** Pixels that are put on every side first (default 0). */
  readonly padding?: number
  /**
   * What is put there: `'zeros'` (default), which is the mean color, since pictures are standardized before they are
   * augmented, where torchvision's usual order (crop, then normalize) puts black; `'reflect'`, the mirror image; or `'edge'`,
   * the edge pixels.
   */
  readonly mode?: Border
}

/**
 * A window at a random place of the padded picture, by whole pixels. The window has the size of the pictures, since
 * evaluation sees them whole.
 * @param size height and width of the window, or [height, width].
 * @throws for options out of range; when training is prepared, if the window has another size than the pictures, or if
 *   there is only one place for it.
 * Source: Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, 2012.
 */
export const randomCrop = defineAugmentation(
  'randomCrop',
  (size: number | readonly [height: number, width: number], options: RandomCropOptions = {}) => {
    ensureKnownOptions('randomCrop', options, ['padding', 'mode'])
    const { padding = 0, mode = 'zeros' } = options
    const [height, width] = typeof size === 'number' ? [size, size] : size
    for (const n of [height, width])
      ensure(Number.isInteger(n) && n > 0, `randomCrop: expected a size of whole pixels above 0, got ${n}`)
    ensure(
      Number.isInteger(padding) && padding >= 0,
      `randomCrop: expected a padding of whole pixels, 0 or more, got ${padding}`,
    )
    checkBorder('randomCrop', mode)
    return {
      kind: 'geometric',
      wholePixels: true,
      border: padding > 0 ? mode : undefined,
      check(picture) {
        ensure(
          picture.height === height && picture.width === width,
          `randomCrop: expected the size of the pictures, ${picture.height}x${picture.width}, got ${height}x${width}`,
          'training and evaluation see pictures of one size',
        )
        ensure(
          padding > 0,
          'randomCrop: without padding there is only one place for the window',
          'padding: 4',
        )
        const most = Math.min(height, width) - 1
        ensure(
          mode !== 'reflect' || padding <= most,
          `randomCrop: expected a padding of at most ${most} with the mirror image, got ${padding}`,
        )
      },
      place({ random }) {
        const [top, left] = [random.integer(2 * padding + 1), random.integer(2 * padding + 1)]
        return [1, 0, left - padding, 0, 1, top - padding]
      },
    }
  },
  {
    doc: 'A window at a random place of the padded picture, by whole pixels.',
    source:
      'Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, 2012',
    examples: [
      { name: 'mean color around', args: [8, { padding: 2 }] },
      { name: 'mirror image around', args: [8, { padding: 2, mode: 'reflect' }] },
    ],
  },
)
