import { type Attributes, type Graph, type Operator, rewrite, type Value } from '../../graph/index.ts'
import { erf, findOperator, type Limits, mul } from '../../ops/index.ts'
import { fusedMatmul, step, toShare } from './kernels.ts'

/** Forms of operators that take fewer passes over memory, by kernels that exist in float32. */
const rules: ReadonlyMap<Operator, (inputs: readonly Value[], attrs: Attributes) => Value> = new Map([
  [findOperator('Gate', 'gradus'), ([dy, x], attrs) => mul(dy!, between(x!, attrs))],
  [findOperator('HalfErf', 'gradus'), ([u]) => toShare(erf(u!))],
  [findOperator('TransposedMatMul', 'gradus'), ([a, b], attrs) => fusedMatmul(a!, b!, attrs)],
])

/** Rewrites what has a simpler form. */
export function simplify(graph: Graph): Graph {
  return rewrite(graph, ({ op, attrs, outputs }, inputs) => {
    const rule = outputs[0]!.dtype === 'float32' ? rules.get(op) : undefined
    return rule && [rule(inputs as readonly Value[], attrs)]
  })
}

/** 1 where x lies between the limits, else 0: as numbers, which takes half the time of booleans and a choice by them. */
function between(x: Value, { above, below }: Limits): Value {
  const higher = above === undefined ? undefined : step(x, above, 'above')
  const lower = below === undefined ? undefined : step(x, below, 'below')
  return higher && lower ? mul(higher, lower) : (higher ?? lower)!
}
