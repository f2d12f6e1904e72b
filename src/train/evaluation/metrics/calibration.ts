/** Samples of about the same confidence. */
export interface CalibrationBin {
  /** The confidences that belong to it: above `from`, up to `to`. */
  readonly from: number
  readonly to: number
  readonly samples: number
  /** Mean probability of the predicted class; absent if the bin has no samples. */
  readonly confidence?: number
  /** Share of samples that are right; absent if the bin has no samples. */
  readonly accuracy?: number
}

/** Whether the probabilities mean what they say. */
export interface Calibration {
  /** Expected calibration error: how far confidence and accuracy are apart, the mean over samples, 0 to 1. */
  readonly error: number
  /** Mean probability of the predicted class: above the accuracy, the network is too sure of itself. */
  readonly confidence: number
  readonly bins: readonly CalibrationBin[]
}

/**
 * Compares how sure a network is with how often it is right, in bins of equal width.
 * @param confidence the probability of the predicted class of each sample, 0 to 1.
 * @param right 1 for samples that are predicted right, 0 for others.
 * @param count of bins; default 15, as in the source.
 * Source: Guo et al., On calibration of modern neural networks, 2017; Naeini et al., Obtaining well calibrated probabilities
 * using Bayesian binning, 2015.
 */
export function calibrationOf(
  confidence: ArrayLike<number>,
  right: ArrayLike<number>,
  count = 15,
): Calibration {
  const sums = Array.from({ length: count }, () => ({ samples: 0, confidence: 0, right: 0 }))
  const n = confidence.length
  for (let i = 0; i < n; i++) {
    const bin = sums[Math.min(count - 1, Math.max(0, Math.ceil(confidence[i]! * count) - 1))]!
    bin.samples++
    bin.confidence += confidence[i]!
    bin.right += right[i]!
  }
  return {
    error: sums.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.right), 0) / n,
    confidence: sums.reduce((sum, bin) => sum + bin.confidence, 0) / n,
    bins: sums.map((bin, b) => ({
      from: b / count,
      to: (b + 1) / count,
      samples: bin.samples,
      ...(bin.samples > 0 && {
        confidence: bin.confidence / bin.samples,
        accuracy: bin.right / bin.samples,
      }),
    })),
  }
}
