/** Conformance suites: samples of every operator, and the checks that they are put through. */
export * from './finite-differences.ts'
export * from './operators.ts'
export * from './sample.ts'
