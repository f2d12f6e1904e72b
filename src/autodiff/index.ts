/** Reverse-mode differentiation: gradients of graphs, as graphs. */
export * from './gradients.ts'
