/** Losses: scalars that say how wrong a batch of outputs is, and what they expect of the targets. */
export * from './bce.ts'
export * from './cross-entropy.ts'
export type { Loss } from './loss.ts'
export * from './mse.ts'
