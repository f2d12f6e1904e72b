import { isAdaptive, weightsAt } from './facts.ts'
import type { RunHistory, Sample } from './history.ts'
import { chance, largest, median, quantile } from './measure.ts'

/**
 * How far a step moves the weights, by their own size: about 1e-3 is healthy. Of 30 small healthy runs (SGD with and
 * without momentum, Adam, AdamW, RMSProp; digits and MNIST) none had a peak beyond 0.06 or a ceiling below 2e-3; of 20
 * with rates 10 to 1000 times too high or too low none was within.
 */
export interface UpdateRatios {
  /** The largest of the first steps that were looked at, where a rate that is too high does its harm. */
  readonly peak: number
  /** As a rule. */
  readonly typical: number
  /** What a tenth of the steps exceed: what the rate is at its highest, in a schedule. */
  readonly ceiling: number
}

const FIRST = 6

/** Undefined without statistics. */
export function updateRatios(history: RunHistory): UpdateRatios | undefined {
  const sizes = new Map(history.samples[0]?.parameters.map(({ name, norm }) => [name, norm]))
  const ratios = history.samples.map((sample) => ratioAt(sample, history, sizes)).filter(Number.isFinite)
  if (ratios.length === 0) return undefined
  return { peak: largest(ratios.slice(0, FIRST)), typical: median(ratios), ceiling: quantile(ratios, 0.9) }
}

/**
 * Median over the weights of the norm of the update by that of the weight; where weights have shrunk, by the norm that
 * they had at first, since it is not the steps that have grown.
 */
function ratioAt(sample: Sample, history: RunHistory, sizes: ReadonlyMap<string, number>): number {
  const ratios = weightsAt(sample, history).flatMap(({ name, norm, updateRatio }) =>
    updateRatio === undefined ? [] : [updateRatio * Math.min(1, norm / (sizes.get(name) || norm))],
  )
  return median(ratios)
}

/** Steps that move the weights by a twelfth of themselves tear down what they built. */
export const PEAK = 0.08

/** How much larger than at the start, and than that of knowing nothing, the loss was at its largest. */
export function spikeOf(history: RunHistory): number {
  const losses = history.losses.filter(Number.isFinite)
  const reference = Math.max(losses[0] ?? Number.NaN, chance(history)?.loss ?? 0)
  return losses.length === 0 ? Number.NaN : largest(losses) / reference
}

/** Whether it is the rate that drives gradients and losses up: the steps are too large from the start on. */
export const isDrivenByRate = (history: RunHistory): boolean => (updateRatios(history)?.peak ?? 0) > PEAK

/** What rates of these optimizers are as a rule, for advice. */
export const usualRate = (history: RunHistory): string => (isAdaptive(history) ? '1e-3' : '0.01 to 0.1')
