import type { Json, LayerFacts, ParameterStatistics } from '../train/index.ts'
import type { RunHistory, Sample } from './history.ts'

/** The strength of the first link of one of these names: `addDecay(5e-4)` -> 5e-4. 0 if there is none. */
function strength({ recipe }: RunHistory, names: readonly string[]): number {
  const [value] = recipe?.links.find(({ name }) => names.includes(name))?.args ?? []
  return typeof value === 'number' ? value : 0
}

export const weightDecayOf = (history: RunHistory): number =>
  strength(history, ['addDecay', 'decoupledDecay', 'addL1', 'addElasticNet'])

export const clips = ({ recipe }: RunHistory): boolean =>
  recipe?.links.some(({ name }) => name.startsWith('clip')) ?? false

/** Optimizers that measure each gradient by its own running size, so that updates do not grow with it. */
export const isAdaptive = ({ recipe }: RunHistory): boolean =>
  recipe?.links.some(({ name }) => /^scaleBy/.test(name)) ?? false

/** Whether the rate falls during the run. */
export const decaysRate = ({ recipe }: RunHistory): boolean => {
  const rates = recipe?.rates ?? []
  const hooked = recipe?.hooks.includes('reduceOnPlateau') ?? false
  return hooked || (rates.length > 1 && rates.at(-1)! < 0.5 * Math.max(...rates))
}

/** An option of the loss, such as `classWeights`. */
export function lossOption({ recipe }: RunHistory, name: string): Json | undefined {
  const [options] = recipe?.loss.args ?? []
  return typeof options === 'object' && options !== null && !Array.isArray(options)
    ? (options as Record<string, Json | undefined>)[name]
    : undefined
}

export const isDropout = ({ type }: LayerFacts): boolean => /dropout/i.test(type)
export const isBatchNorm = ({ type }: LayerFacts): boolean => /^batchNorm/i.test(type)
export const isNorm = ({ type }: LayerFacts): boolean => /norm/i.test(type)

/** The trained weights at a sample, in the order of the model: no biases and no scales of norms, as far as that is known. */
export function weightsAt(sample: Sample, history: RunHistory): readonly ParameterStatistics[] {
  const known = new Set(history.weights.map(({ name }) => name))
  return sample.parameters.filter(({ name }) => (known.size > 0 ? known.has(name) : /weight$/.test(name)))
}

/** `relu "1"`. */
export const layerName = ({ type, path }: { readonly type: string; readonly path: string }): string =>
  `${type} "${path}"`

/** Activations with flat ends. */
export const isSquashing = ({ type }: LayerFacts): boolean =>
  /^(sigmoid|tanh|hardSigmoid|softsign)$/i.test(type)
