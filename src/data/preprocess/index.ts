/** Preprocessing: how inputs become what a model likes, fitted to the training samples and kept with the model. */
export { plainGram } from './covariance.ts'
export * from './fit.ts'
export { type FittedMap, type ProjectMap, type ScaleMap, type SelectMap, scaled } from './maps.ts'
export {
  definePreprocess,
  type FittedStep,
  type Gram,
  type Preprocess,
  type Rows,
  type Samples,
  type Step,
} from './preprocess.ts'
export { type PcaOptions, pca, type WhitenOptions, whiten, zca } from './principal.ts'
export * from './save.ts'
export { center, fitNormalizer, minMax, raw, standardize } from './scale.ts'
export { fitTargets, inRawUnits } from './targets.ts'
