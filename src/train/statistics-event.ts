import type { EventBase } from './events.ts'

/** How activations, gradients, weights and updates were at one step, which was sampled. */
export interface StatisticsEvent extends EventBase {
  readonly type: 'statistics'
  /** From 1. */
  readonly epoch: number
  /** In the order of the forward pass. */
  readonly layers: readonly LayerStatistics[]
  /** Trained parameters, in the order of the model. */
  readonly parameters: readonly ParameterStatistics[]
  readonly gradient: GradientStatistics
  /** What the network is given: the batch after preprocessing and augmentation. */
  readonly input: Moments
  /** How many samples of the batch `layers` and `input` are over: the first of it. */
  readonly samples?: number
  /** How many samples `dead` is over: those that were looked at since the epoch began. */
  readonly epochSamples?: number
  /** The first convolution of an image model; in the first event, and at the ends of epochs. */
  readonly filters?: Filters
}

/** Of the elements that are finite; 0 if none is. */
export interface Moments {
  readonly mean: number
  readonly std: number
  /** Share of elements that are NaN or infinite, 0 to 1; absent if none is. */
  readonly nonFinite?: number
}

/** The weights of a convolution, small enough to be drawn: at most 64 filters of 3 x 11 x 11. */
export interface Filters {
  /** Such as `conv1.weight`. */
  readonly name: string
  /** [filters, channels, height, width] */
  readonly shape: readonly number[]
  /** The last axis runs fastest; rounded to 4 digits. */
  readonly values: readonly number[]
}

/** The output of a layer over a batch. */
export interface LayerStatistics extends Moments {
  /** Such as `block1.act`. */
  readonly path: string
  /** Such as `relu`. */
  readonly type: string
  /** Which call of the layer this is, from 2; absent for the first. Of many calls there are only the first and the last. */
  readonly call?: number
  /** Share of elements that are exactly 0, 0 to 1. */
  readonly zeros: number
  /** Share of elements at the flat ends of the activation (sigmoid, tanh, hard ones), 0 to 1; absent for layers without. */
  readonly saturated?: number
  /**
   * Share of units (channels or features) that were 0 for every sample that was looked at since the epoch began, which are
   * `epochSamples`; absent for layers that cannot die.
   */
  readonly dead?: number
  readonly histogram?: Histogram
  /** Of the gradient of the batch's mean loss with respect to the output. */
  readonly gradient?: Moments
}

/** Counts of values in bins of equal width. */
export interface Histogram {
  /** The lower end of the first bin and the upper end of the last. */
  readonly from: number
  readonly to: number
  readonly counts: readonly number[]
}

export interface ParameterStatistics {
  /** Such as `block1.conv2.weight`. */
  readonly name: string
  /** Euclidean norms, before the update; like all else here of the elements that are finite. */
  readonly norm: number
  readonly gradientNorm: number
  /** Of the elements. */
  readonly std: number
  readonly gradientStd: number
  /** Norm of the update by the norm of the parameter: about 1e-3 is healthy. Absent if the parameter is all 0. */
  readonly updateRatio?: number
}

/** The gradient of all parameters together. */
export interface GradientStatistics {
  readonly norm: number
  /** Cosine of the angle to the gradient of the very step before; absent at first, and right after a resumption. */
  readonly cosine?: number
  /**
   * Simple noise scale, in samples: tr(cov) / |g|^2 (McCandlish et al., 2018), smoothed over the last ten events or so;
   * absent where it cannot be told.
   */
  readonly noise?: number
}
