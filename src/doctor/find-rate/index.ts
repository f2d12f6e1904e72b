/** Looking for a learning rate: sweeps in which it grows until training diverges. */
export { drawRate } from './draw-rate.ts'
export {
  type FindRateOptions,
  findRate,
  type RateAnswer,
  type RateCurve,
  type RateFound,
  type RateProgress,
  type RateUnclear,
} from './find-rate.ts'
export type { SweepPoint } from './sweep.ts'
