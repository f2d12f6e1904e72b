import { ensure, ensureKnownOptions } from '../core/index.ts'
import { add, mul } from '../ops/index.ts'
import { notNegative } from './check.ts'
import type { Link } from './link.ts'

export interface DecayOptions {
  /**
   * Which parameters decay. `'weights'` (default): not biases and not the scales of norms, since pulling those to 0
   * changes what a layer can compute without making it simpler. `'all'`: every one, as PyTorch does.
   */
  readonly on?: 'weights' | 'all'
}

function decay(name: string, lambda: number, options: DecayOptions): Link {
  ensureKnownOptions(name, options, ['on'])
  const { on = 'weights' } = options
  notNegative(name, 'a decay', lambda)
  ensure(on === 'weights' || on === 'all', `${name}: expected on: 'weights' or 'all', got ${on}`)
  return {
    name,
    applies: (param) => lambda > 0 && (on === 'all' || param.decay),
    update: (g, _state, param) => ({ update: add(g, mul(param.value, lambda)) }),
  }
}

/**
 * L2 regularization: adds `lambda * p` to the gradient. Comes first in a chain, so that momentum and Adam see it as part
 * of the gradient; for decay that they do not see, use {@link decoupledDecay}.
 */
export const addDecay = (lambda: number, options: DecayOptions = {}): Link =>
  decay('addDecay', lambda, options)

/**
 * Weight decay apart from the gradient's statistics (Loshchilov and Hutter, 2019): adds `lambda * p` to the update. Comes
 * after the links that keep state and before {@link byRate}, which multiplies it by the rate, as PyTorch's AdamW does.
 */
export const decoupledDecay = (lambda: number, options: DecayOptions = {}): Link =>
  decay('decoupledDecay', lambda, options)
