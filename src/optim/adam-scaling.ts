import { ensureKnownOptions } from '../core/index.ts'
import { add, div, mul, sqrt } from '../ops/index.ts'
import { above, fraction } from './check.ts'
import type { Link } from './link.ts'

export interface AdamOptions {
  /** How much of the gradient's running mean stays, in [0, 1). Default: 0.9. */
  readonly beta1?: number
  /** How much of the squared gradient's running mean stays, in [0, 1). Default: 0.999. */
  readonly beta2?: number
  /** Added to the root of the mean square, above 0. Default: 1e-8. */
  readonly eps?: number
}

/**
 * Divides the running mean of the gradient by the root of its running mean square (Adam, Kingma and Ba, 2015). Both means
 * start from 0; their corrections for it are computed on the host in double precision.
 */
export function scaleByAdam(options: AdamOptions = {}): Link {
  ensureKnownOptions('scaleByAdam', options, ['beta1', 'beta2', 'eps'])
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = options
  fraction('scaleByAdam', 'beta1', beta1)
  fraction('scaleByAdam', 'beta2', beta2)
  above('scaleByAdam', 'eps', 0, eps)
  return {
    name: 'scaleByAdam',
    state: { mean: 0, meanSquare: 0 },
    scalars: {
      meanCorrection: (step) => 1 / (1 - beta1 ** (step + 1)),
      rootCorrection: (step) => 1 / Math.sqrt(1 - beta2 ** (step + 1)),
    },
    update(g, state, _param, { meanCorrection, rootCorrection }) {
      const mean = add(mul(state.mean!, beta1), mul(g, 1 - beta1))
      const meanSquare = add(mul(state.meanSquare!, beta2), mul(mul(g, g), 1 - beta2))
      const root = mul(sqrt(meanSquare), rootCorrection!)
      return { update: div(mul(mean, meanCorrection!), add(root, eps)), state: { mean, meanSquare } }
    },
  }
}
