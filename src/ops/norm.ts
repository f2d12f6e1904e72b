import { ensure, formatShape, type Shape, sizeOf } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { add, div, mul, sub } from './binary.ts'
import { apply, applyAll, defineOperator, expectFloat, expectSameDType } from './define.ts'
import { mean, sum } from './reduce.ts'
import { reshape } from './shape.ts'
import { neg, sqrt } from './unary.ts'

/** Fails unless x is [N, C, ...] and all of `vectors` are [C]. */
function expectChannels(x: Value, vectors: Readonly<Record<string, Value>>): void {
  expectFloat(x)
  expectSameDType(x, ...Object.values(vectors))
  ensure(x.rank >= 2, `expected an input [N, C, ...], got ${formatShape(x.shape)}`)
  for (const [name, vector] of Object.entries(vectors)) {
    ensure(
      vector.rank === 1 && vector.shape[0] === x.shape[1],
      `expected ${name} [${x.shape[1]}] for an input ${formatShape(x.shape)}, got ${formatShape(vector.shape)}`,
    )
  }
}

/** All axes but that of the channels. */
const reducedAxes = (shape: Shape) => shape.flatMap((_, i) => (i === 1 ? [] : [i]))
/** Elements of each channel. */
const countOf = (shape: Shape) => sizeOf(reducedAxes(shape).map((axis) => shape[axis]!))
/** [C] in a shape that broadcasts with [N, C, ...]. */
const spread = (vector: Value, rank: number) => reshape(vector, [-1, ...new Array<number>(rank - 2).fill(1)])
const channelSum = (x: Value) => sum(x, { axes: reducedAxes(x.shape) })
const inverseStd = (variance: Value, epsilon: number) => div(1, sqrt(add(variance, epsilon)))

type TrainingInputs = [x: Value, scale: Value, bias: Value]

const trainingOperator = defineOperator<TrainingInputs, { epsilon: number }>({
  type: 'BatchNormTraining',
  domain: 'gradus',
  doc: 'Batch normalization by the statistics of the batch, which are outputs too.',
  attributes: { epsilon: 'float' },
  infer([x, scale, bias]) {
    expectChannels(x, { scale, bias })
    ensure(countOf(x.shape) > 0, `cannot take the statistics of an empty batch ${formatShape(x.shape)}`)
    const statistic = { dtype: x.dtype, shape: scale.shape }
    return [{ dtype: x.dtype, shape: x.shape }, statistic, statistic]
  },
  expand([x, scale, bias], { epsilon }) {
    const average = mean(x, { axes: reducedAxes(x.shape) })
    const centered = sub(x, spread(average, x.rank))
    const variance = mean(mul(centered, centered), { axes: reducedAxes(x.shape) })
    const factor = mul(scale, inverseStd(variance, epsilon))
    return [add(mul(centered, spread(factor, x.rank)), spread(bias, x.rank)), average, variance]
  },
  grad(_dy, { inputs: [x, scale], outputs: [, average, variance], dys, attrs: { epsilon } }) {
    const [dy, dAverage, dVariance] = dys
    const count = countOf(x.shape)
    let [dx, dScale, dBias]: (Value | undefined)[] = []
    if (dy) [dx, dScale, dBias] = batchNormGrad(dy, x, scale, average!, variance!, { epsilon })
    const join = (more: Value) => {
      dx = dx ? add(dx, more) : more
    }
    if (dAverage) join(spread(div(dAverage, count), x.rank))
    if (dVariance) {
      const centered = sub(x, spread(average!, x.rank))
      join(mul(centered, spread(mul(dVariance, 2 / count), x.rank)))
    }
    return [dx, dScale, dBias]
  },
})

export interface BatchNormOptions {
  /** Added to the variance (default 1e-5). */
  epsilon?: number
}

/**
 * Batch normalization of x [N, C, ...] by its own statistics: scale (x - mean) / sqrt(variance + epsilon) + bias.
 * @returns y, and the mean and (biased) variance of each channel [C].
 * Source: Ioffe and Szegedy, Batch Normalization, 2015.
 */
export function batchNormTraining(
  x: Value,
  scale: Value,
  bias: Value,
  { epsilon = 1e-5 }: BatchNormOptions = {},
): [y: Value, mean: Value, variance: Value] {
  return [...applyAll(trainingOperator, [x, scale, bias], { epsilon })] as [Value, Value, Value]
}

type GradInputs = [dy: Value, x: Value, scale: Value, mean: Value, variance: Value]

const gradOperator = defineOperator<GradInputs, { epsilon: number }>({
  type: 'BatchNormGrad',
  domain: 'gradus',
  doc: 'The gradients of BatchNormTraining from that of y.',
  attributes: { epsilon: 'float' },
  infer([dy, x, scale, average, variance]) {
    expectSameDType(dy, x)
    expectChannels(x, { scale, mean: average, variance })
    ensure(
      dy.rank === x.rank && dy.shape.every((n, i) => n === x.shape[i]),
      `expected an output gradient ${formatShape(x.shape)}, got ${formatShape(dy.shape)}`,
    )
    const vector = { dtype: x.dtype, shape: scale.shape }
    return [{ dtype: x.dtype, shape: x.shape }, vector, vector]
  },
  // dx = scale / std (dy - mean(dy) - z mean(dy z)), with z = (x - mean) / std; per channel factors are made first.
  expand([dy, x, scale, average, variance], { epsilon }) {
    const [rank, count] = [x.rank, countOf(x.shape)]
    const inverse = inverseStd(variance, epsilon)
    const centered = sub(x, spread(average, rank))
    const dBias = channelSum(dy)
    const dScale = mul(channelSum(mul(dy, centered)), inverse)
    const factor = mul(scale, inverse)
    const slope = div(mul(mul(factor, inverse), dScale), count)
    const shift = div(mul(factor, dBias), count)
    const dx = sub(
      mul(dy, spread(factor, rank)),
      add(mul(centered, spread(slope, rank)), spread(shift, rank)),
    )
    return [dx, dScale, dBias]
  },
  grad: 'expand',
})

/** The gradients of x, scale and bias of {@link batchNormTraining}, from that of y and the statistics it returned. */
export function batchNormGrad(
  dy: Value,
  x: Value,
  scale: Value,
  mean: Value,
  variance: Value,
  { epsilon = 1e-5 }: BatchNormOptions = {},
): [dx: Value, dScale: Value, dBias: Value] {
  return [...applyAll(gradOperator, [dy, x, scale, mean, variance], { epsilon })] as [Value, Value, Value]
}

type InferenceInputs = [x: Value, scale: Value, bias: Value, mean: Value, variance: Value]
interface InferenceAttrs {
  epsilon?: number
  momentum?: number
  training_mode?: number
}

const inferenceOperator = defineOperator<InferenceInputs, InferenceAttrs>({
  type: 'BatchNormalization',
  doc: 'Batch normalization by given statistics.',
  attributes: { epsilon: 'float', momentum: 'float', training_mode: 'int' },
  infer([x, scale, bias, average, variance], { training_mode = 0 }) {
    ensure(training_mode === 0, 'training_mode 1 is not supported', 'use batchNormTraining')
    expectChannels(x, { scale, bias, mean: average, variance })
    return [{ dtype: x.dtype, shape: x.shape }]
  },
  grad(dy, { inputs: [x, scale, , average, variance], attrs: { epsilon = 1e-5 } }) {
    const inverse = inverseStd(variance, epsilon)
    const factor = mul(scale, inverse)
    const products = channelSum(mul(dy, sub(x, spread(average, x.rank))))
    const sums = channelSum(dy)
    const dVariance = mul(mul(factor, mul(inverse, inverse)), mul(products, -0.5))
    return [mul(dy, spread(factor, x.rank)), mul(products, inverse), sums, neg(mul(factor, sums)), dVariance]
  },
})

/** Batch normalization of x [N, C, ...] by given statistics [C], as at evaluation. */
export function batchNormalization(
  x: Value,
  scale: Value,
  bias: Value,
  mean: Value,
  variance: Value,
  { epsilon = 1e-5 }: BatchNormOptions = {},
): Value {
  return apply(inferenceOperator, [x, scale, bias, mean, variance], { epsilon })
}
