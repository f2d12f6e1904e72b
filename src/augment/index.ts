/** Random changes of training pictures that leave their meaning, as part of the training graph. */
export {
  type Augmentation,
  type Border,
  defineAugmentation,
  type Geometric,
  type Picture,
  type Recoloring,
  type Use,
} from './augmentation.ts'
export { type Augmenter, augmenter, type Occasion } from './augmenter.ts'
export * from './cutout.ts'
export * from './random-crop.ts'
export * from './random-flip.ts'
