import { ensureKnownOptions } from '../core/index.ts'
import { type Augmentations, definePolicy } from './augmentation.ts'
import { cutout } from './cutout.ts'
import { randomFlip } from './random-flip.ts'
import { rotate } from './rotate.ts'
import { colorJitter } from './tints.ts'
import { translate } from './translate.ts'
import { zoom } from './zoom.ts'

export interface PolicyOptions {
  /** Whether pictures are mirrored left to right (default true); not for digits, letters, and whatever means something else then. */
  readonly flip?: boolean
}

function flipOf(name: string, options: PolicyOptions): readonly Augmentations[] {
  ensureKnownOptions(name, options, ['flip'])
  const { flip = true } = options
  return flip ? [randomFlip()] : []
}

/** Pictures go on beyond their edges as in a mirror: the mean color would be a frame that shows how far they were moved. */
const mode = 'reflect'

/**
 * Little augmentation: mirrored, and moved by up to a sixteenth of the size. For short runs, and much data.
 * Sizes are shares of the picture's, so that it suits pictures of 8x8 pixels and of 224x224.
 */
export const light = definePolicy(
  'light',
  (options: PolicyOptions = {}) => [...flipOf('light', options), translate(1 / 16, { mode })],
  {
    doc: 'A policy: mirrored, and moved a little.',
    examples: [
      { name: 'default', args: [] },
      { name: 'of digits', args: [{ flip: false }] },
    ],
  },
)

/**
 * What is usual for small pictures such as CIFAR-10: mirrored, and moved by up to an eighth of the size, which is a random crop of
 * the picture padded by 4 of 32 pixels. By whole pixels: nothing is blurred.
 */
export const standard = definePolicy(
  'standard',
  (options: PolicyOptions = {}) => [...flipOf('standard', options), translate(1 / 8, { mode })],
  {
    doc: 'A policy: mirrored, and moved by up to an eighth of the size, as is usual for CIFAR-10.',
    source:
      'Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, 2012',
    examples: [
      { name: 'default', args: [] },
      { name: 'of digits', args: [{ flip: false }] },
    ],
  },
)

/**
 * Much augmentation, for long runs and little data: mirrored, moved, turned and zoomed in one resampling, other colors, and a square
 * of a quarter of the size cut out.
 */
export const strong = definePolicy(
  'strong',
  (options: PolicyOptions = {}) => [
    ...flipOf('strong', options),
    translate(1 / 8, { mode }),
    rotate(10, { mode }),
    zoom(1.15, { mode }),
    colorJitter({ brightness: 0.3, contrast: 0.3, saturation: 0.3 }),
    cutout(1 / 4),
  ],
  {
    doc: 'A policy: mirrored, moved, turned, zoomed, other colors, and a square cut out.',
    examples: [
      { name: 'default', args: [] },
      { name: 'of digits', args: [{ flip: false }] },
    ],
  },
)
