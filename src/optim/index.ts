/** Optimizers: chains of gradient transformations, and the element-wise graph that a chain makes for a parameter. */
export * from './adam-scaling.ts'
export * from './aliases.ts'
export * from './by-rate.ts'
export * from './chain.ts'
export * from './decay.ts'
export * from './link.ts'
export * from './momentum.ts'
export * from './update.ts'
