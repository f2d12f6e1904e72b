/** Activations: element by element, but for maxout, which picks among pieces. ReLU is the one to start with. */
export * from './activations/maxout.ts'
export * from './activations/rectifiers.ts'
export * from './activations/sigmoids.ts'
export * from './activations/smooth.ts'
