import type { Suggestion } from '../train/index.ts'
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
  /** Of the very first step, before the weights have moved, and of that weight which moves most. */
  readonly first: number
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
  const first = largest(ratiosAt(history.samples[0]!, history, sizes).filter(Number.isFinite))
  return {
    first,
    peak: largest(ratios.slice(0, FIRST)),
    typical: median(ratios),
    ceiling: quantile(ratios, 0.9),
  }
}

const ratioAt = (sample: Sample, history: RunHistory, sizes: ReadonlyMap<string, number>): number =>
  median(ratiosAt(sample, history, sizes))

/**
 * For each weight the norm of the update by that of the weight; where weights have shrunk, by the norm that they had at
 * first, since it is not the steps that have grown; and where they start small, as a last layer may, by the norm of weights
 * of variance 1 / inputs, which is the root of the number of outputs: they have to grow.
 */
function ratiosAt(sample: Sample, history: RunHistory, sizes: ReadonlyMap<string, number>): number[] {
  const outputs = new Map(history.weights.map(({ name, shape }) => [name, shape[0]]))
  return weightsAt(sample, history).flatMap(({ name, norm, updateRatio }) => {
    const usual = Math.max(sizes.get(name) || norm, Math.sqrt(outputs.get(name) ?? 0))
    return updateRatio === undefined ? [] : [updateRatio * Math.min(1, norm / usual)]
  })
}

/** Steps that move the weights by a twelfth of themselves tear down what they built. */
export const PEAK = 0.08

/** The ratio that a rate which is too high is brought to: the middle of what healthy runs start with. */
const SOUND = 0.03

/** By which power of ten the rate should be multiplied where it is too high: a tenth at most, and a millionth at least. */
export function lowerRate(history: RunHistory): number {
  const { first = SOUND } = updateRatios(history) ?? {}
  return 10 ** Math.max(-6, Math.min(-1, Math.round(Math.log10(SOUND / first))))
}

/** {@link lowerRate} as a suggestion. */
export function lowerRateSuggestion(history: RunHistory): Suggestion {
  const factor = lowerRate(history)
  return {
    title: `take ${inWords[factor] ?? `1 / ${Math.round(1 / factor)}`} of the learning rate`,
    change: { rateFactor: factor },
  }
}

const inWords: Readonly<Record<number, string>> = {
  0.1: 'a tenth',
  0.01: 'a hundredth',
  0.001: 'a thousandth',
}

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
