import { type About, registerMaker } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import type { Schedule } from '../schedules/index.ts'
import type { Link, Param, Reduction } from './link.ts'

/** A {@link Link} as its author writes it: with the names of its state and scalars known to `update`. */
interface LinkSpec<S, C, R>
  extends Pick<Link, 'rate' | 'afterRate' | 'applies' | 'group' | 'constraint' | 'check'> {
  readonly state?: { readonly [K in keyof S]: number }
  readonly scalars?: { readonly [K in keyof C]: Schedule }
  readonly reduce?: Reduction & {
    readonly scalars: { readonly [K in keyof R]: Reduction['scalars'][string] }
  }
  update(
    g: Value,
    state: { readonly [K in keyof S]: Value },
    param: Param,
    scalars: { readonly [K in keyof C | keyof R]: Value },
  ): { readonly update: Value; readonly state?: { readonly [K in keyof S]: Value } }
}

/**
 * Makes the function that makes a kind of link. With `about` the kind is in the catalog: `gradus list`, the docs and the
 * conformance suites find it there.
 * ```ts
 * export const scaleBySign = defineTransform('scaleBySign', ({ beta = 0.9 } = {}) => ({
 *   state: { mean: 0 },
 *   update(g, { mean }) {
 *     const next = add(mul(mean, beta), mul(g, 1 - beta))
 *     return { update: sign(next), state: { mean: next } }
 *   },
 * }))
 * ```
 * @param name names the link in messages and its state in checkpoints.
 */
export function defineTransform<
  Args extends readonly unknown[],
  S = Record<never, never>,
  C = Record<never, never>,
  R = Record<never, never>,
>(
  name: string,
  make: (...args: Args) => LinkSpec<S, C, R>,
  about?: About<NoInfer<Args>>,
): (...args: Args) => Link {
  // The runtime gives exactly the declared names, which is what the narrower type of `update` says.
  const define = (...args: Args): Link => ({ name, args, ...(make(...args) as Omit<Link, 'name'>) })
  if (about) registerMaker('transform', name, define, about)
  return define
}
