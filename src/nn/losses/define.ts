import { type Example, register, type Shape } from '../../core/index.ts'
import type { Loss } from './loss.ts'

/** What the catalog says of a loss. */
export interface LossAbout<Args extends readonly unknown[]> {
  /** One sentence. */
  readonly doc: string
  /** Authors, title, year. */
  readonly source?: string
  /** At least one; the conformance suites run them all. */
  readonly examples: readonly LossExample<Args>[]
}

/** One use of a loss: `{ name: 'smoothed', args: [{ labelSmoothing: 0.1 }], input: [6, 4] }`. */
export interface LossExample<Args extends readonly unknown[]> extends Pick<Example<Loss>, 'name'> {
  /** What the loss is made with. */
  readonly args: Args
  /** Shape of the model's output that goes in, batch included. */
  readonly input: Shape
}

/**
 * Makes the function that makes a kind of loss. With `about` the kind is in the catalog: `gradus list`, the docs and the
 * conformance suites find it there.
 * ```ts
 * export const meanError = defineLoss(
 *   'meanError',
 *   () => ({
 *     task: 'regression',
 *     targetDType: 'float32',
 *     targetShape: (output) => output,
 *     apply: (output, target) => mean(abs(sub(output, target))),
 *   }),
 *   { doc: 'The mean of |error|.', examples: [{ name: 'numbers', args: [], input: [5, 3] }] },
 * )
 * ```
 */
export function defineLoss<Args extends readonly unknown[]>(
  name: string,
  make: (...args: Args) => Omit<Loss, 'name' | 'args'>,
  about?: LossAbout<NoInfer<Args>>,
): (...args: Args) => Loss {
  const define = (...args: Args): Loss => ({ name, args, ...make(...args) })
  if (about) {
    const { examples, ...rest } = about
    const made = examples.map((example) => ({ ...example, make: () => define(...example.args) }))
    const makeWith = (args: readonly unknown[]) => define(...(args as Args))
    register<Loss>({ kind: 'loss', name, ...rest, examples: made, makeWith })
  }
  return define
}
