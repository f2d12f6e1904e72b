import { type About, asWritten, ensure, registerMaker, type Shape } from '../../core/index.ts'
import type { FittedMap } from './maps.ts'

/** Samples one after another, raw or as the steps before have left them: [count, ...shape]. */
export type Rows = Uint8Array | Float32Array | Float64Array

/**
 * The products of every two columns of `rows` [count, size], summed over the rows: X' X, [size, size]. Only the half above
 * the diagonal is looked at.
 */
export type Gram = (
  rows: Float64Array,
  count: number,
  size: number,
) => ArrayLike<number> | Promise<ArrayLike<number>>

/** The training samples, as a step is fitted to them. */
export interface Samples {
  /** Of one sample. */
  readonly shape: Shape
  readonly count: number
  /** Goes through them once, a few at a time; each block holds until the next is asked for. */
  blocks(): AsyncIterable<Rows>
  readonly gram: Gram
  /** To be told, by a step that takes long, which share of it is done. */
  readonly watch?: (done: number) => void
}

/** What a step came to. */
export interface FittedStep {
  /** One after the other. */
  readonly maps: readonly FittedMap[]
  /** What a person should know, such as the features that are dropped. */
  readonly notices: readonly string[]
}

/** One thing that is done to inputs before the model sees them; what it needs to know it learns from training samples. */
export interface Step {
  /** As it was written, such as `pca({ variance: 0.99 })`: a run that goes on must have the same. */
  readonly name: string
  /** @throws if it cannot be fitted to such samples. */
  fit(samples: Samples): Promise<FittedStep>
}

/** How inputs are prepared: steps, one after the other. */
export interface Preprocess {
  readonly name: string
  readonly steps: readonly Step[]
  /** This, then `next`, which is fitted to what this one leaves. */
  andThen(next: Preprocess): Preprocess
}

/**
 * Makes the function that makes a kind of preprocessing; `make` checks the options. With `about` it is in the catalog.
 * ```ts
 * const halve = definePreprocess('halve', () => async ({ shape }) => ({
 *   maps: [scaleMap(shape, { mean: [0], std: [2] })],
 *   notices: [],
 * }))
 * ```
 */
export function definePreprocess<Args extends readonly unknown[]>(
  name: string,
  make: (...args: Args) => Step['fit'],
  about?: About<NoInfer<Args>>,
): (...args: Args) => Preprocess {
  const define = (...args: Args): Preprocess => {
    const fit = make(...args)
    // Written out when it is asked for: only what `make` takes in is looked at while it is made.
    const step: Step = {
      get name() {
        return asWritten(name, args)
      },
      fit,
    }
    return inOrder([step])
  }
  if (about) registerMaker('preprocessing', name, define, about)
  return define
}

/** Steps as one preprocessing; none leave the inputs as they are. */
export const inOrder = (steps: readonly Step[]): Preprocess => ({
  get name() {
    return steps.map((step) => step.name).join(', ')
  },
  steps,
  andThen(next) {
    const isOne = typeof next === 'object' && next !== null && Array.isArray(next.steps)
    ensure(
      isOne,
      `andThen: expected preprocessing, got ${typeof next}`,
      'for example data.standardize().andThen(data.pca({ variance: 0.99 }))',
    )
    return inOrder([...steps, ...next.steps])
  },
})

/** For preprocessing that leaves nothing to choose. @returns a function that refuses arguments. */
export const withoutOptions =
  (name: string, fit: Step['fit']) =>
  (...given: readonly never[]): Step['fit'] => {
    ensure(given.length === 0, `${name}: expected no options, got ${given.length}`)
    return fit
  }
