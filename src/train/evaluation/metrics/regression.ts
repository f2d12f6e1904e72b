/** How far predicted numbers are from the true ones. */
export interface RegressionScores {
  /** Mean of the squared errors, in squared units of the target. */
  readonly mse: number
  /** Its root, in units of the target. */
  readonly rmse: number
  /** Mean of the absolute errors, in units of the target. */
  readonly mae: number
  /**
   * Share of the target's variance that is explained: 1 is perfect, 0 is what its mean would give. Absent if the target is
   * the same in all samples.
   */
  readonly r2?: number
}

/**
 * The errors of each of `width` targets.
 * @param predicted row-major [count, width].
 * @param truth the same for what is right.
 */
export function regressionScores(
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  width: number,
): RegressionScores[] {
  return Array.from({ length: width }, (_, target) => scoresOf(predicted, truth, width, target))
}

function scoresOf(
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  width: number,
  target: number,
): RegressionScores {
  const count = truth.length / width
  let [mean, squares, absolute] = [0, 0, 0]
  for (let i = target; i < truth.length; i += width) {
    const error = predicted[i]! - truth[i]!
    mean += truth[i]! / count
    squares += error * error
    absolute += Math.abs(error)
  }
  let [spread, constant] = [0, true]
  for (let i = target; i < truth.length; i += width) {
    spread += (truth[i]! - mean) ** 2
    constant &&= truth[i] === truth[target]
  }
  const mse = squares / count
  const scores = { mse, rmse: Math.sqrt(mse), mae: absolute / count }
  return constant ? scores : { ...scores, r2: 1 - squares / spread }
}

/** The mean of each measure over targets, all counting alike; of R2 over those that have one. */
export function meanRegressionScores(targets: readonly RegressionScores[]): RegressionScores {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const explained = targets.flatMap(({ r2 }) => (r2 === undefined ? [] : [r2]))
  return {
    mse: mean(targets.map(({ mse }) => mse)),
    rmse: mean(targets.map(({ rmse }) => rmse)),
    mae: mean(targets.map(({ mae }) => mae)),
    ...(explained.length > 0 && { r2: mean(explained) }),
  }
}
