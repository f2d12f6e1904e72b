/** Measures of predictions: pure functions of labels and of what was predicted. */
export * from './calibration.ts'
export { type ConfusedPair, type Confusion, confusionOf, mostConfused, mostMistaken } from './confusion.ts'
export * from './interval.ts'
export * from './per-class.ts'
export * from './ranking.ts'
export * from './regression.ts'
