import { type About, asWritten, type Random, registerMaker } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import type { Affine } from './affine.ts'
import type { ColorMap } from './color-map.ts'

/** The pictures that are augmented. */
export interface Picture {
  readonly channels: number
  readonly height: number
  readonly width: number
  /** From what the network sees to numbers in [0, 1], black to white: `x * scale[c] + offset[c]`, by channel. */
  readonly unit: Unit
  /** Covariance of the colors in [0, 1] over the training samples, [C, C]; there if an augmentation asks for it. */
  readonly covariance?: readonly number[]
}

/** By channel: `x * scale[c] + offset[c]` is in [0, 1]. */
export interface Unit {
  readonly scale: readonly number[]
  readonly offset: readonly number[]
}

/** What an augmentation goes by for one use of a sample: nothing else, so that batches, workers and resumption do not matter. */
export interface Use {
  /** From 0. */
  readonly epoch: number
  /** A stream for this use: a function of (seed, epoch, sample, place in the list). */
  readonly random: Random
  /** A stream that is the same in every epoch: a function of (seed, sample, place in the list). */
  readonly always: Random
  /** What several augmentations of a list draw together: the same for all that name the same `group`. */
  once<T>(group: object, draw: (random: Random) => T): T
}

/** What a picture shows beyond its edges: nothing (the mean color), its mirror image without the edge pixel itself, or its edge. */
export type Border = 'zeros' | 'reflect' | 'edge'

/** What is known of training samples only by looking at them. */
export type Need = 'covariance'

interface Common {
  readonly name: string
  /** As it was written, such as `randomCrop(32, { padding: 4 })`: a run that goes on must have the same. Default: the name. */
  readonly written?: string
  /** What of the training samples it must know besides. */
  readonly needs?: Need
  /** What it draws together with others of the list, by {@link Use.once}. */
  readonly groups?: readonly object[]
  /** Fails unless it fits the pictures. */
  check?(picture: Picture): void
}

/** Moves pixels. Those that follow one another become one resampling. */
export interface Geometric extends Common {
  readonly kind: 'geometric'
  /** What comes in from outside; left out if nothing does. */
  readonly border?: Border
  /** Whether it moves by whole pixels only, so that nothing has to be interpolated (default false). */
  readonly wholePixels?: boolean
  /** Where each pixel of the result comes from. */
  place(use: Use, picture: Picture): Affine
}

/** Changes [column, row] of a pixel of the result to where it comes from, in place. */
export type Bend = (at: Float64Array) => void

/** Moves pixels by more than an affine map; part of the one resampling, too. */
export interface Bending extends Common {
  readonly kind: 'bending'
  readonly border?: Border
  /** Where each pixel comes from; undefined if all stay. */
  bend(use: Use, picture: Picture): Bend | undefined
}

/** Changes colors by a linear map in [0, 1], which is cut off there at last. Those that follow one another become one map. */
export interface Tinting extends Common {
  readonly kind: 'tinting'
  /** Whether each channel depends on itself alone, apart from means (default false). */
  readonly byChannel?: boolean
  /** Whether it goes by the mean color of each picture (default false). */
  readonly byMean?: boolean
  tint(use: Use, picture: Picture): ColorMap
}

/** Changes what pixels show, in any way. */
export interface Recoloring extends Common {
  readonly kind: 'recoloring'
  /** How many numbers it draws for a sample. */
  readonly numbers: number | ((picture: Picture) => number)
  /** Draws them. */
  draw(use: Use, picture: Picture): ArrayLike<number>
  /** The numbers with which nothing changes; without them it cannot be left out by chance. */
  neutral?(picture: Picture): ArrayLike<number>
  /** x [N, C, H, W], drawn [N, numbers] -> [N, C, H, W] */
  apply(x: Value, drawn: Value, picture: Picture): Value
}

/** Mixes each sample with another one of the batch, and their labels alike. */
export interface Mixing extends Common {
  readonly kind: 'mixing'
  /** How many numbers it draws for a sample. */
  readonly numbers: number
  draw(use: Use, picture: Picture): ArrayLike<number>
  /** The numbers with which nothing is mixed in. */
  neutral(picture: Picture): ArrayLike<number>
  /** x and the partners [N, C, H, W], drawn [N, numbers] -> [N, C, H, W] */
  apply(x: Value, partners: Value, drawn: Value): Value
  /** The share of its own label that each sample keeps: drawn [N, numbers] -> [N, 1] */
  share(drawn: Value): Value
}

/** A random change of training pictures: plain data and pure functions. */
export type Augmentation = Geometric | Bending | Tinting | Recoloring | Mixing

/** Augmentations in order; lists within lists are laid out. */
export type Augmentations = Augmentation | readonly Augmentations[]

/** The augmentations of a list, one after the other. */
export const flatten = (given: Augmentations): readonly Augmentation[] =>
  isList(given) ? given.flatMap(flatten) : [given]

const isList = (given: Augmentations): given is readonly Augmentations[] => Array.isArray(given)

/** Without the name, for each of the kinds. */
type AugmentationSpec =
  | Omit<Geometric, 'name' | 'written'>
  | Omit<Bending, 'name' | 'written'>
  | Omit<Tinting, 'name' | 'written'>
  | Omit<Recoloring, 'name' | 'written'>
  | Omit<Mixing, 'name' | 'written'>

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
  const define = (...args: Args): Augmentation => ({
    name,
    ...make(...args),
    // Written out when it is asked for: only what `make` takes in is looked at while it is made.
    get written() {
      return asWritten(name, args)
    },
  })
  if (about) registerMaker('augmentation', name, define, about)
  return define
}

/** Makes the function that makes a list of augmentations, and puts it in the catalog beside single ones. */
export function definePolicy<Args extends readonly unknown[]>(
  name: string,
  make: (...args: Args) => readonly Augmentations[],
  about: About<NoInfer<Args>>,
): (...args: Args) => readonly Augmentations[] {
  registerMaker('augmentation', name, make, about)
  return make
}
