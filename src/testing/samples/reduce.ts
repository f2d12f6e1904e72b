import type { Value } from '../../graph/index.ts'
import * as ops from '../../ops/index.ts'
import type { SampleTable } from '../operators.ts'
import { floats, type Sample, sample } from '../sample.ts'

type Reduce = (x: Value, options?: ops.ReduceOptions) => Value

const reduction = (reduce: Reduce, from = -2, to = 2): Sample[] => [
  sample('all axes', [floats([2, 3, 2], from, to)], (x) => reduce(x)),
  sample('outer and inner axis', [floats([2, 3, 2], from, to)], (x) => reduce(x, { axes: [0, -1] })),
  sample('middle axis, kept', [floats([2, 3, 2], from, to)], (x) => reduce(x, { axes: 1, keepDims: true })),
  sample('axis of size 1', [floats([3, 1], from, to)], (x) => reduce(x, { axes: 1 })),
  sample('empty result', [floats([0, 3], from, to)], (x) => reduce(x, { axes: 1 })),
]

/** Reductions that have a value for no elements at all. */
const withEmpty = (reduce: Reduce): Sample[] => [
  ...reduction(reduce),
  sample('over no elements', [floats([2, 0])], (x) => reduce(x, { axes: 1 })),
]

const alongAxis = (build: (x: Value, axis?: number) => Value): Sample[] => [
  sample('last axis', [floats([2, 3, 4])], (x) => build(x)),
  sample('middle axis', [floats([2, 3, 4])], (x) => build(x, 1)),
  sample('axis of size 1', [floats([3, 1])], (x) => build(x)),
]

/** The positions of extremes have no empty sample: ONNX Runtime gives them the shape of x there. */
const softmaxLike = (build: (x: Value, axis?: number) => Value): Sample[] => [
  ...alongAxis(build),
  sample('empty', [floats([0, 3])], (x) => build(x)),
]

/** Samples of reductions, softmax and positions of extremes. */
export const reduceSamples: SampleTable = {
  ArgMax: alongAxis(ops.argmax),
  ArgMin: alongAxis(ops.argmin),
  LogSoftmax: softmaxLike(ops.logSoftmax),
  ReduceL2: withEmpty(ops.norm),
  ReduceLogSumExp: reduction(ops.logSumExp),
  ReduceMax: reduction(ops.max),
  ReduceMean: reduction(ops.mean),
  ReduceMin: reduction(ops.min),
  ReduceSum: withEmpty(ops.sum),
  ReduceSumSquare: withEmpty(ops.sumSquare),
  Softmax: softmaxLike(ops.softmax),
}
