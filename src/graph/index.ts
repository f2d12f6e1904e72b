/** Symbolic computations: values, nodes, graphs, and what can be done with any graph (print, verify, rewrite). */
export * from './graph.ts'
export * from './node.ts'
export * from './operator.ts'
export * from './print.ts'
export * from './rewrite.ts'
export * from './scope.ts'
export * from './value.ts'
export * from './verify.ts'
