/** What the page is told. Plain JSON; the page imports these types and nothing else from here. */

/** How a run stands: `stopped` ended without a word, `empty` has not begun. */
export type RunState = 'running' | 'finished' | 'interrupted' | 'failed' | 'stopped' | 'empty'

/** A run in the list of runs. What is not known is absent. */
export interface RunRow {
  /** Path of its folder below the folder of runs, with `/` between names. */
  readonly id: string
  readonly state: RunState
  /** When it began, and when its events last changed; ISO 8601. */
  readonly started?: string
  readonly changed: string
  readonly data?: string
  readonly model?: string
  readonly parameters?: number
  /** Epochs that were done, and of how many. */
  readonly epochs: number
  readonly ofEpochs?: number
  readonly steps: number
  readonly ofSteps?: number
  /** The best epoch and its scores: of validation, or of training where there is none. */
  readonly bestEpoch?: number
  readonly loss?: number
  readonly accuracy?: number
  readonly testLoss?: number
  readonly testAccuracy?: number
  readonly seconds?: number
  readonly samplesPerSecond?: number
  readonly problems: number
  readonly warnings: number
  /** Lines of the log that hold no event that this version knows. */
  readonly unreadable: number
}

export interface RunList {
  /** The folder of runs, as the person gave it. */
  readonly folder: string
  readonly version: string
  readonly runs: readonly RunRow[]
}

/** Points of a curve. */
export interface Series {
  readonly x: readonly number[]
  readonly y: readonly number[]
}

/** A measure over steps: its values, thinned so that it looks the same, and a moving average. */
export interface StepCurve {
  readonly values: Series
  readonly smooth: Series
}

/** What an epoch came to. */
export interface EpochRow {
  readonly epoch: number
  /** Where it ends, in epochs. */
  readonly x: number
  readonly train: Readonly<Record<string, number>>
  readonly validation?: Readonly<Record<string, number>>
  readonly best: boolean
  readonly seconds?: number
  readonly samplesPerSecond?: number
}

/** Numbers at the sampled steps; null where there is none. */
export type Samples = readonly (number | null)[]

export interface LayerView {
  readonly name: string
  readonly type: string
  readonly mean: Samples
  readonly std: Samples
  readonly zeros: Samples
  readonly saturated: Samples
  readonly dead: Samples
  readonly gradient: Samples
  /** At some of the steps: which (an index into `x`), and the counts. */
  readonly histograms: readonly HistogramView[]
}

export interface HistogramView {
  readonly at: number
  readonly from: number
  readonly to: number
  readonly counts: readonly number[]
}

export interface ParameterView {
  readonly name: string
  readonly updateRatio: Samples
  readonly gradientNorm: Samples
}

export interface FiltersView {
  readonly name: string
  /** [filters, channels, height, width] */
  readonly shape: readonly [number, number, number, number]
  readonly values: readonly number[]
}

/** Statistics of layers and parameters at some steps. */
export interface StatisticsView {
  /** When the samples were taken, in epochs, and at which steps. */
  readonly x: readonly number[]
  readonly steps: readonly number[]
  readonly layers: readonly LayerView[]
  readonly parameters: readonly ParameterView[]
  readonly gradient: { readonly norm: Samples; readonly cosine: Samples; readonly noise: Samples }
  readonly filters?: FiltersView
}

/** A value of JSON that people wrote or a check measured. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain }

export interface FindingView {
  readonly check: string
  readonly severity: 'fine' | 'warning' | 'problem'
  readonly title: string
  readonly step: number
  readonly evidence: Plain
  readonly explanation?: string
  readonly suggestions: readonly { readonly title: string; readonly change?: Plain }[]
  readonly more?: string
}

export interface ClassView {
  readonly name: string
  readonly precision?: number
  readonly recall?: number
  readonly f1?: number
  readonly support?: number
}

export interface WorstView {
  readonly sample?: number
  readonly label: string
  readonly predicted: string
  /** Probability of the right class, and of the one that was predicted. */
  readonly probability?: number
  readonly confidence?: number
  readonly loss?: number
  /** A `data:` address of a picture. */
  readonly image?: string
}

/** What the finished network makes of a split, from `evaluation.json`. */
export interface EvaluationView {
  readonly split?: string
  readonly samples?: number
  readonly accuracy?: number
  readonly interval?: readonly [number, number]
  readonly classes: readonly ClassView[]
  /** `confusion[label][predicted]`. */
  readonly confusion?: readonly (readonly number[])[]
  readonly worst: readonly WorstView[]
}

/** All that the page shows of a run. */
export interface RunDetail {
  readonly row: RunRow
  /** Facts about the run in words, such as `batch size` and `128`. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly loss?: StepCurve
  readonly rate?: Series
  readonly throughput?: StepCurve
  readonly metrics: Readonly<Record<string, StepCurve>>
  readonly epochs: readonly EpochRow[]
  readonly statistics?: StatisticsView
  readonly findings: readonly FindingView[]
  readonly notices: readonly string[]
  readonly evaluation?: EvaluationView
}

/** Rows that are new or have changed, and the runs that are gone. */
export interface LiveChange {
  readonly changed: readonly RunRow[]
  readonly gone: readonly string[]
}

/** What the live stream says: everything at first, then what changes. */
export type LiveMessage = { readonly list: RunList } | { readonly change: LiveChange }
