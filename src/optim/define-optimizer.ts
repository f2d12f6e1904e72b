import { type About, GradusError, registerMaker } from '../core/index.ts'
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
  const define = (...args: Args): Optimizer => {
    const links = withName(name, () => make(...args))
    return { ...chain(...links.filter((link) => link !== false)), name }
  }
  if (about) registerMaker('optimizer', name, define, about)
  return define
}

/** A link that refuses its options is named by what it belongs to, too: the person may have written only that. */
function withName<T>(name: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof GradusError) || error.message.includes(name)) throw error
    const [message = ''] = error.message.split('\n')
    throw new GradusError(message, [`it is a link of ${name}`, ...error.notes], { cause: error.cause })
  }
}
