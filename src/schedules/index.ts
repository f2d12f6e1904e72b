/**
 * Schedules: pure functions from the step (0, 1, 2, ...) to a number.
 * ```ts
 * schedules.cosine({ from: 0.1, to: 0, steps: 1000 })(37)                  // on its own
 * schedules.warmup({ epochs: 5 }).andThen(schedules.cosine())              // in a recipe: rate and length are the run's
 * ```
 */
export type { Curve } from './curve.ts'
export * from './cycles.ts'
export * from './define.ts'
export * from './drops.ts'
export type { Length, Span } from './length.ts'
export * from './ramps.ts'
export * from './schedule.ts'
