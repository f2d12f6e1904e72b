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
}

export interface Moments {
  readonly mean: number
  /** Of all elements. */
  readonly std: number
}

/** The output of a layer over a batch. */
export interface LayerStatistics extends Moments {
  /** Such as `block1.act`. */
  readonly path: string
  /** Such as `relu`. */
  readonly type: string
  /** Share of elements that are exactly 0, 0 to 1. */
  readonly zeros: number
  /** Share of elements at the flat ends of the activation (sigmoid, tanh, hard ones), 0 to 1; absent for layers without. */
  readonly saturated?: number
  /** Share of units (channels or features) that were 0 for every sample since the epoch began; absent for layers that cannot die. */
  readonly dead?: number
  readonly histogram?: Histogram
  /** Of the loss's gradient with respect to the output. */
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
  /** Euclidean norms, before the update. */
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
  /** Cosine of the angle to the gradient of the step sampled before, which is that of the very step before; absent at first. */
  readonly cosine?: number
  /** Simple noise scale, in samples: tr(cov) / |g|^2 (McCandlish et al., 2018); absent where it cannot be told. */
  readonly noise?: number
}
