import { ensure, ensureKnownOptions } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { add, mul, sign } from '../ops/index.ts'
import { notNegative } from './check.ts'
import { defineTransform } from './define-transform.ts'
import type { Param, ParamFacts } from './link.ts'

export interface DecayOptions {
  /**
   * Which parameters decay. `'weights'` (default): not biases and not the scales of norms, since pulling those to 0
   * changes what a layer can compute without making it simpler. `'all'`: every one, as PyTorch does.
   */
  readonly on?: 'weights' | 'all'
}

/** How much of a decay a parameter gets: what its group says, or else 1 or 0. */
export const decayShare = ({ decay, group }: ParamFacts, on: DecayOptions['on'] = 'weights'): number =>
  group.decay ?? (decay || on === 'all' ? 1 : 0)

/** Adds to the gradient, for the parameters that decay, the gradient of a penalty on their size. */
function decaying(
  name: string,
  strength: number,
  options: DecayOptions,
  slope: (p: Value, share: number) => Value,
) {
  const { on = 'weights' } = options
  notNegative(name, 'a decay', strength)
  ensure(on === 'weights' || on === 'all', `${name}: expected on: 'weights' or 'all', got ${on}`)
  return {
    applies: (param: ParamFacts) => strength > 0 && decayShare(param, on) > 0,
    update: (g: Value, _state: object, param: Param) => ({
      update: add(g, slope(param.value, decayShare(param, on))),
    }),
  }
}

/**
 * L2 regularization: adds `lambda * p` to the gradient, as the penalty `lambda / 2 * sum(p^2)` in the loss would. Comes
 * first in a chain, so that momentum and Adam see it as part of the gradient; for decay that they do not see, use
 * {@link decoupledDecay}.
 */
export const addDecay = defineTransform(
  'addDecay',
  (lambda: number, options: DecayOptions = {}) => {
    ensureKnownOptions('addDecay', options, ['on'])
    return decaying('addDecay', lambda, options, (p, share) => mul(p, lambda * share))
  },
  {
    doc: 'L2 regularization: adds to the gradient that of the sum of squares of the weights.',
    source: 'Krogh and Hertz, A simple weight decay can improve generalization, 1991',
    examples: [
      { name: 'weights', args: [0.05] },
      { name: 'all parameters', args: [0.05, { on: 'all' }] },
    ],
  },
)

/**
 * L1 regularization: adds `lambda * sign(p)` to the gradient, as the penalty `lambda * sum(|p|)` in the loss would; 0 at
 * 0. Drives weights that are not needed to the neighborhood of 0. Comes first in a chain.
 */
export const addL1 = defineTransform(
  'addL1',
  (lambda: number, options: DecayOptions = {}) => {
    ensureKnownOptions('addL1', options, ['on'])
    return decaying('addL1', lambda, options, (p, share) => mul(sign(p), lambda * share))
  },
  {
    doc: 'L1 regularization: adds to the gradient that of the sum of the absolute weights, which makes them sparse.',
    source: 'Tibshirani, Regression shrinkage and selection via the lasso, 1996',
    examples: [{ name: 'weights', args: [0.01] }],
  },
)

export interface ElasticNetOptions extends DecayOptions {
  /** The share of L1, in [0, 1]; the rest is L2. Default: 0.5. */
  readonly l1?: number
}

/**
 * Elastic net: L1 and L2 regularization together, as the penalty `lambda * (l1 * sum(|p|) + (1 - l1) / 2 * sum(p^2))` in
 * the loss would. Comes first in a chain.
 */
export const addElasticNet = defineTransform(
  'addElasticNet',
  (lambda: number, options: ElasticNetOptions = {}) => {
    ensureKnownOptions('addElasticNet', options, ['on', 'l1'])
    const { l1 = 0.5, ...rest } = options
    ensure(l1 >= 0 && l1 <= 1, `addElasticNet: expected a share of L1 in [0, 1], got ${l1}`)
    return decaying('addElasticNet', lambda, rest, (p, share) =>
      mul(add(mul(sign(p), l1), mul(p, 1 - l1)), lambda * share),
    )
  },
  {
    doc: 'Elastic net: L1 and L2 regularization together.',
    source: 'Zou and Hastie, Regularization and variable selection via the elastic net, 2005',
    examples: [{ name: 'mostly L2', args: [0.05, { l1: 0.2 }] }],
  },
)

/**
 * Weight decay apart from the gradient's statistics (Loshchilov and Hutter, 2019): adds `lambda * p` to the update. Comes
 * after the links that keep state and before {@link byRate}, which multiplies it by the rate, as PyTorch's AdamW does.
 */
export const decoupledDecay = defineTransform(
  'decoupledDecay',
  (lambda: number, options: DecayOptions = {}) => {
    ensureKnownOptions('decoupledDecay', options, ['on'])
    return decaying('decoupledDecay', lambda, options, (p, share) => mul(p, lambda * share))
  },
  {
    doc: 'Weight decay apart from the statistics of the gradient: shrinks the weights in proportion to the rate.',
    source: 'Loshchilov and Hutter, Decoupled weight decay regularization, 2019',
    examples: [{ name: 'weights', args: [0.05] }],
  },
)
