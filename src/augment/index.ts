/** Random changes of training pictures, as part of the training graph or while a batch is copied. */
export type { Affine } from './affine.ts'
export {
  type Augmentation,
  type Augmentations,
  type Bend,
  type Bending,
  type Border,
  defineAugmentation,
  flatten,
  type Geometric,
  type Mixing,
  type Picture,
  type Recoloring,
  type Tinting,
  type Unit,
  type Use,
} from './augmentation.ts'
export { type Augmenter, type AugmenterOptions, augmenter, needsOf, type Occasion } from './augmenter.ts'
export type { BorderOptions } from './border.ts'
export type { ColorMap } from './color-map.ts'
export * from './cutout.ts'
export { equalize } from './equalize.ts'
export * from './fancy-pca.ts'
export * from './gaussian-noise.ts'
export * from './hsv.ts'
export type { Interval } from './interval.ts'
export * from './lens-distortion.ts'
export { autocontrast, posterize, solarize } from './levels.ts'
export * from './mixup.ts'
export * from './policies.ts'
export * from './rand-augment.ts'
export * from './random-crop.ts'
export * from './random-flip.ts'
export * from './random-resized-crop.ts'
export * from './rotate.ts'
export * from './sharpness.ts'
export * from './shear.ts'
export * from './sometimes.ts'
export { brightness, type ColorJitterOptions, colorJitter, contrast, grayscale, saturation } from './tints.ts'
export { type Axis, type AxisOptions, translate } from './translate.ts'
export * from './zoom.ts'
