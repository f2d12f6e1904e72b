import { ensure, ensureKnownOptions } from '../core/index.ts'
import { add, mul } from '../ops/index.ts'
import type { Schedule } from '../schedules/index.ts'
import { fraction } from './check.ts'
import { defineTransform } from './define-transform.ts'

export interface MomentumOptions {
  /** Step with the velocity that the next update would see (Nesterov, 1983, as in Sutskever et al., 2013). Default: false. */
  readonly nesterov?: boolean
  /** By how much new gradients are weakened, in [0, 1). Default: 0. The first gradient counts in full, as in PyTorch. */
  readonly dampening?: number
}

/**
 * Replaces the gradient by a velocity, as PyTorch's SGD does: `v = rho v + (1 - dampening) g`; with `nesterov` the result
 * is `g + rho v`.
 * @param rho how much of the velocity stays, in [0, 1). Default: 0.9.
 */
export const momentum = defineTransform(
  'momentum',
  (rho: number = 0.9, options: MomentumOptions = {}) => {
    ensureKnownOptions('momentum', options, ['nesterov', 'dampening'])
    const { nesterov = false, dampening = 0 } = options
    fraction('momentum', 'a coefficient', rho)
    fraction('momentum', 'a dampening', dampening)
    ensure(
      !nesterov || (rho > 0 && dampening === 0),
      `momentum: expected a coefficient above 0 and no dampening with nesterov, got ${rho} and ${dampening}`,
    )
    const share: Schedule = (step) => (step === 0 ? 1 : 1 - dampening)
    const scalars: Record<string, Schedule> = dampening > 0 ? { share } : {}
    return {
      state: { velocity: 0 },
      scalars,
      update(g, { velocity }, _param, { share }) {
        const next = add(mul(velocity, rho), share ? mul(g, share) : g)
        return { update: nesterov ? add(g, mul(next, rho)) : next, state: { velocity: next } }
      },
    }
  },
  {
    doc: 'Replaces the gradient by a velocity that gathers it; with Nesterov, by the velocity that comes next.',
    source: 'Polyak, Some methods of speeding up the convergence of iteration methods, 1964; Nesterov, 1983',
    examples: [
      { name: 'plain', args: [0.9] },
      { name: 'nesterov', args: [0.9, { nesterov: true }] },
      { name: 'dampened', args: [0.8, { dampening: 0.3 }] },
    ],
  },
)
