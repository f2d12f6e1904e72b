import { type About, registerMaker } from '../core/index.ts'
import { chain } from './chain.ts'
import type { Link, Optimizer } from './link.ts'

/**
 * Makes the function that makes a kind of optimizer from the links of its chain; `false` stands for a link that is left
 * out. With `about` the kind is in the catalog.
 * ```ts
 * export const signSgd = defineOptimizer('signSgd', (rate: number | Schedule) => [scaleBySign(), byRate(rate)])
 * ```
 */
export function defineOptimizer<Args extends readonly unknown[]>(
  name: string,
  make: (...args: Args) => readonly (Link | false)[],
  about?: About<NoInfer<Args>>,
): (...args: Args) => Optimizer {
  const define = (...args: Args): Optimizer => ({
    ...chain(...make(...args).filter((link) => link !== false)),
    name,
  })
  if (about) registerMaker('optimizer', name, define, about)
  return define
}
