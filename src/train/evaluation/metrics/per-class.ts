import { type Confusion, predictions, supports } from './confusion.ts'

/** Shares from 0 to 1. */
export interface PrecisionRecall {
  /** Share of right ones among what was taken for the class. */
  readonly precision: number
  /** Share of the class that was found. */
  readonly recall: number
  /** Their harmonic mean. */
  readonly f1: number
}

/** How well one class was told from the others. */
export interface ClassScores extends Partial<PrecisionRecall> {
  /** Samples of the class. */
  readonly support: number
  /** Samples that were taken for it. */
  readonly predicted: number
}

/**
 * Precision, recall and F1 of each class. A class that was never predicted has precision 0, one without samples recall 0; a
 * class that is neither has none of the three, since nothing can be said of it.
 */
export function classScores(confusion: Confusion): ClassScores[] {
  const [support, predicted] = [supports(confusion), predictions(confusion)]
  return confusion.map((row, c) => {
    const counts = { support: support[c]!, predicted: predicted[c]! }
    const [right, all] = [row[c]!, counts.support + counts.predicted]
    if (all === 0) return counts
    return {
      precision: share(right, counts.predicted),
      recall: share(right, counts.support),
      f1: share(2 * right, all),
      ...counts,
    }
  })
}

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)

/**
 * The mean over classes: `macro` counts all classes alike, `weighted` by their samples. Classes that neither occur nor are
 * predicted do not count, as in scikit-learn.
 */
export function meanScores(classes: readonly ClassScores[], kind: 'macro' | 'weighted'): PrecisionRecall {
  const mean = (metric: keyof PrecisionRecall) => {
    let [sum, weights] = [0, 0]
    for (const scores of classes) {
      const value = scores[metric]
      if (value === undefined) continue
      const weight = kind === 'macro' ? 1 : scores.support
      sum += weight * value
      weights += weight
    }
    return sum / weights
  }
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') }
}
