import type { DType, Tensor } from '../../core/index.ts'
import { Graph, input } from '../../graph/index.ts'
import { type FusedSums, fuseSums } from '../../runtime/index.ts'

const sums = new Map<DType, FusedSums>()

/** The sum of the elements: one pass over them, on vectors. */
function sumOf({ data, dtype }: Tensor): number {
  const known = sums.get(dtype)
  const x = input('x', [1], dtype)
  const loop = known ?? fuseSums(new Graph([x], { sum: x }))
  sums.set(dtype, loop)
  return loop.run({ x: data }, {}, data.length).sum!
}

const loops: ReadonlySet<DType> = new Set(['float32', 'float64'])

/** Whether all elements are finite. A sum is finite only then: it is made in double precision if float32 overflows. */
export function allFinite(held: Tensor): boolean {
  if (loops.has(held.dtype)) return Number.isFinite(sumOf(held))
  for (let i = 0; i < held.data.length; i++) if (!Number.isFinite(Number(held.data[i]))) return false
  return true
}

/** The name of the first tensor with an element that is NaN or infinite, if there is one. */
export function firstNonFinite(tensors: ReadonlyMap<string, Tensor>): string | undefined {
  for (const [name, held] of tensors) if (!allFinite(held)) return name
  return undefined
}
