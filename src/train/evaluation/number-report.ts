import { meanRegressionScores, type RegressionScores, regressionScores } from './metrics/index.ts'
import type { Predictions } from './predictions.ts'

/** How well numbers are predicted, in the units of the data: the mean over what is to be predicted, and each of it. */
export interface NumberReport extends RegressionScores {
  readonly task: 'regression'
  readonly targets: readonly (RegressionScores & { readonly name: string })[]
  /** The samples with the largest squared error, that first. */
  readonly worst: readonly WorstNumbers[]
}

/** A sample whose numbers are far off. */
export interface WorstNumbers {
  /** Its number in the data set's split; that of training, for validation samples. */
  readonly sample: number
  /** What a person calls it, such as the path of its picture, where the data tell. */
  readonly name?: string
  /** What is right, for each target. */
  readonly expected: readonly number[]
  readonly predicted: readonly number[]
  /** Mean of the squared errors. */
  readonly loss: number
}

interface Parts {
  readonly predictions: Predictions
  readonly targets: readonly string[]
  /** How many of the worst samples are listed. */
  readonly worst: number
}

export function numberReport({ predictions, targets, worst }: Parts): NumberReport {
  const { values, labels, width } = predictions
  const scores = regressionScores(values, labels, width)
  return {
    task: 'regression',
    ...meanRegressionScores(scores),
    targets: scores.map((score, i) => ({ name: targets[i]!, ...score })),
    worst: worstOf(predictions, worst),
  }
}

function worstOf({ values, labels, width, samples }: Predictions, most: number): WorstNumbers[] {
  const row = (from: ArrayLike<number>, i: number) =>
    Array.from({ length: width }, (_, target) => from[i * width + target]!)
  const losses = Float64Array.from(samples, (_, i) => {
    const expected = row(labels, i)
    return row(values, i).reduce((sum, value, target) => sum + (value - expected[target]!) ** 2, 0) / width
  })
  const order = Uint32Array.from(samples.keys()).sort((a, b) => losses[b]! - losses[a]! || a - b)
  return Array.from(order.subarray(0, most), (i) => ({
    sample: samples[i]!,
    expected: row(labels, i),
    predicted: row(values, i),
    loss: losses[i]!,
  }))
}
