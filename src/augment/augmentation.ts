import { type About, type Random, registerMaker } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import type { Affine } from './affine.ts'

/** The pictures that are augmented. */
export interface Picture {
  readonly channels: number
  readonly height: number
  readonly width: number
}

/** What an augmentation goes by for one use of a sample: nothing else, so that batches, workers and resumption do not matter. */
export interface Use {
  /** From 0. */
  readonly epoch: number
  /** A stream for this use: a function of (seed, epoch, sample, place in the list). */
  readonly random: Random
  /** A stream that is the same in every epoch: a function of (seed, sample, place in the list). */
  readonly always: Random
}

/** What a picture shows beyond its edges: nothing (the mean color), or its mirror image without the edge pixel itself. */
export type Border = 'zeros' | 'reflect'

interface Common {
  readonly name: string
  /** Fails unless it fits the pictures. */
  check?(picture: Picture): void
}

/** Moves pixels. Those that follow one another become one resampling. */
export interface Geometric extends Common {
  readonly kind: 'geometric'
  /** What comes in from outside; left out if nothing does. */
  readonly border?: Border
  /** Where each pixel of the result comes from. */
  place(use: Use, picture: Picture): Affine
}

/** Changes what pixels show. */
export interface Recoloring extends Common {
  readonly kind: 'recoloring'
  /** How many numbers it draws for a sample. */
  readonly numbers: number
  /** Draws them. */
  draw(use: Use, picture: Picture): readonly number[]
  /** x [N, C, H, W], drawn [N, numbers] -> [N, C, H, W] */
  apply(x: Value, drawn: Value): Value
}

/** A random change of training pictures that leaves their meaning: plain data and pure functions. */
export type Augmentation = Geometric | Recoloring

/** Without the name, for each of the two kinds. */
type AugmentationSpec = Omit<Geometric, 'name'> | Omit<Recoloring, 'name'>

/**
 * Makes the function that makes a kind of augmentation. With `about` the kind is in the catalog: `gradus list`, the docs and
 * the conformance suite find it there.
 * ```ts
 * const brighten = defineAugmentation('brighten', (most: number) => ({
 *   kind: 'recoloring',
 *   numbers: 1,
 *   draw: ({ random }) => [random.uniform(-most, most)],
 *   apply: (x, drawn) => add(x, reshape(drawn, [x.shape[0]!, 1, 1, 1])),
 * }))
 * ```
 */
export function defineAugmentation<Args extends readonly unknown[]>(
  name: string,
  make: (...args: Args) => AugmentationSpec,
  about?: About<NoInfer<Args>>,
): (...args: Args) => Augmentation {
  const define = (...args: Args): Augmentation => ({ name, ...make(...args) })
  if (about) registerMaker('augmentation', name, define, about)
  return define
}
