import { ensure, GradusError } from '../core/index.ts'
import type { Schedule } from '../schedules/index.ts'
import { byRate } from './by-rate.ts'
import type { Link, Optimizer } from './link.ts'

/**
 * An optimizer from links, which act in the order given; {@link byRate} comes last, save for links that act on whole steps,
 * such as {@link lookahead}. An optimizer stands for its links.
 * ```ts
 * chain(momentum(0.9, { nesterov: true }), decoupledDecay(5e-4), byRate(0.1))
 * chain(clipByGlobalNorm(1), adamw(1e-3))
 * chain(sgd(0.1), lookahead())
 * ```
 * @throws unless exactly one link applies the learning rate, and only links for whole steps come after it.
 */
export function chain(...parts: readonly (Link | Optimizer)[]): Optimizer {
  const links = parts.flatMap((part) => ('links' in part ? part.links : [part]))
  const shown = `got chain(${links.map((link) => link.name).join(', ')})`
  const last = links.findLast((link) => !link.afterRate)
  ensure(last?.rate !== undefined, `chain: expected byRate(...) as the last link, ${shown}`)
  const early = links.slice(0, links.indexOf(last)).find((link) => link.afterRate)
  ensure(
    !early,
    `chain: expected ${early?.name} after byRate(...), since it acts on whole steps, ${shown}`,
    'chain(sgd(0.1), lookahead())',
  )
  ensure(
    links.filter((link) => link.rate !== undefined).length === 1,
    `chain: expected one learning rate, ${shown}`,
    'to change the rate during training, give byRate a schedule',
  )
  const rate = last.scalars?.rate
  ensure(rate, `chain: ${last.name} has a rate, but no scalar of that name`)
  return { name: parts.find((part) => 'links' in part)?.name ?? 'chain', links, rate }
}

/** The learning rate that an optimizer was made with. */
export const givenRate = ({ links }: Optimizer): number | Schedule | undefined =>
  links.find(({ rate }) => rate !== undefined)?.rate

/** The optimizer with another learning rate. */
export function withRate({ links, name }: Optimizer, rate: number | Schedule): Optimizer {
  const at = links.findIndex((link) => link.rate !== undefined)
  return { ...chain(...links.with(at, byRate(rate))), name }
}

/**
 * The optimizer with its learning rate following `schedule`, which starts from the rate that the optimizer has:
 * `scheduled(sgd(0.1), cosine())` goes from 0.1 to 0.
 * @throws if the rate follows a schedule already.
 */
export function scheduled(optimizer: Optimizer, schedule: Schedule): Optimizer {
  const base = givenRate(optimizer)
  if (typeof base !== 'number') {
    throw new GradusError(`the learning rate of ${optimizer.name} follows a schedule already`, [
      `give ${optimizer.name} a number, or leave the second schedule out`,
    ])
  }
  return withRate(optimizer, (step, horizon) => schedule(step, { ...horizon, base }))
}
