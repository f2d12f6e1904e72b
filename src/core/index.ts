/** The ground floor: dtypes, shapes, host tensors, seeded random streams and errors. */
export * from './catalog.ts'
export * from './dtype.ts'
export * from './eigen.ts'
export * from './errors.ts'
export * from './random.ts'
export * from './shape.ts'
export * from './tensor.ts'
export * from './version.ts'
