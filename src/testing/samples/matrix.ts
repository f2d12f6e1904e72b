import * as ops from '../../ops/index.ts'
import type { SampleTable } from '../operators.ts'
import { floats, type Sample, sample } from '../sample.ts'

/** Products with all ways of reading the operands but the usual one. */
const transposed = (name: string, a: number[], b: number[]): Sample[] => {
  const swapped = (shape: number[]) => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!]
  return [
    sample(`${name}, a transposed`, [floats(swapped(a)), floats(b)], (a, b) =>
      ops.matmul(a, b, { transA: true }),
    ),
    sample(`${name}, b transposed`, [floats(a), floats(swapped(b))], (a, b) =>
      ops.matmul(a, b, { transB: true }),
    ),
    sample(`${name}, both transposed`, [floats(swapped(a)), floats(swapped(b))], (a, b) =>
      ops.matmul(a, b, { transA: true, transB: true }),
    ),
  ]
}

const product = (name: string, a: number[], b: number[]): Sample =>
  sample(name, [floats(a), floats(b)], ops.matmul)

/** Samples of matrix products. */
export const matrixSamples: SampleTable = {
  Gemm: [
    ...[false, true].flatMap((transA) =>
      [false, true].map((transB) =>
        sample(
          `${transA ? 'A transposed' : 'A'}, ${transB ? 'B transposed' : 'B'}, vector bias`,
          [floats(transA ? [3, 2] : [2, 3]), floats(transB ? [4, 3] : [3, 4]), floats([4])],
          (a, b, bias) => ops.gemm(a, b, { transA, transB, bias }),
        ),
      ),
    ),
    sample('scaled, scalar bias', [floats([2, 3]), floats([3, 2]), floats([])], (a, b, bias) =>
      ops.gemm(a, b, { alpha: 0.5, beta: -2, bias }),
    ),
    sample('column bias', [floats([2, 3]), floats([3, 2]), floats([2, 1])], (a, b, bias) =>
      ops.gemm(a, b, { bias }),
    ),
    sample('no bias', [floats([1, 3]), floats([3, 1])], (a, b) => ops.gemm(a, b)),
    sample('no rows', [floats([0, 3]), floats([3, 2])], (a, b) => ops.gemm(a, b)),
    sample('empty sums', [floats([2, 0]), floats([0, 3])], (a, b) => ops.gemm(a, b)),
  ],
  MatMul: [
    product('matrices', [2, 3], [3, 4]),
    product('stack by matrix', [2, 3, 2], [2, 4]),
    product('stacks', [2, 3, 2], [2, 2, 3]),
    product('stacks that broadcast', [2, 1, 3, 2], [3, 2, 2]),
    product('matrix by stack', [3, 2], [4, 2, 1]),
    product('vectors', [3], [3]),
    product('matrix by vector', [2, 3], [3]),
    product('vector by matrix', [3], [3, 2]),
    product('stack by vector', [2, 2, 3], [3]),
    product('vector by stack', [3], [2, 3, 2]),
    product('no rows', [0, 3], [3, 2]),
    product('empty sums', [2, 0], [0, 3]),
  ],
  'gradus.TransposedMatMul': [
    ...transposed('matrices', [2, 3], [3, 4]),
    ...transposed('stacks', [2, 3, 2], [2, 2, 3]),
    ...transposed('stacks that broadcast', [2, 1, 3, 2], [3, 2, 2]),
    ...transposed('stack by matrix', [2, 3, 2], [2, 4]),
  ],
}
