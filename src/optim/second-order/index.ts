/** Second order: methods for functions that are computed in full, of a number of parameters that is small or moderate. */
export * from './minimizer.ts'
export * from './newton.ts'
export type { Evaluation, Objective } from './objective.ts'
export * from './quasi-newton.ts'
