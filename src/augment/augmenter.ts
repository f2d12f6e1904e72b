import { ensure, formatShape, Random, type Shape } from '../core/index.ts'
import { input, type Value } from '../graph/index.ts'
import {
  type Augmentation,
  type Augmentations,
  flatten,
  type Need,
  type Picture,
  type Unit,
} from './augmentation.ts'
import { type Move, mover } from './move.ts'
import { mixing, moving, type Pass, recoloring, tinting, type UseAt } from './passes.ts'
import { borderOf, type Moves, type Placed, placement } from './placement.ts'

/** A use of a sample in training. */
export interface Occasion {
  /** From 0. */
  readonly epoch: number
  /** The number of each sample of the batch in the data set. */
  readonly samples: Uint32Array
}

/** What a list of augmentations does to batches: a part of the training graph, and the numbers that go into it. */
export interface Augmenter {
  /** The names in the list. */
  readonly names: readonly string[]
  /** The list as it was written: with the options. */
  readonly written: readonly string[]
  /**
   * Copies a batch to where the graph reads it. With `moves: 'copying'` the pixels of each picture are moved on the way, as
   * the first augmentations in the list say.
   */
  copy(from: Float32Array, into: Float32Array, occasion: Occasion): void
  /** Inputs of the graph for a batch of so many samples: the numbers of each pass, [N, n]. */
  inputs(batchSize: number): readonly Value[]
  /** x [N, C, H, W] -> [N, C, H, W] */
  apply(x: Value, inputs: readonly Value[]): Value
  /** What becomes of labels, [N, K] probabilities or numbers; absent if samples are not mixed. */
  readonly mix?: (labels: Value, inputs: readonly Value[]) => Value
  /** Fills the numbers of one pass, [N, n], as a function of (seed, epoch, sample) alone. */
  fill(pass: number, occasion: Occasion, into: Float32Array): void
}

export interface AugmenterOptions {
  /** Of a picture, without the batch axis: [C, H, W]. */
  readonly shape: Shape
  readonly seed: number
  /** From what the network sees to [0, 1]; by default that is what it sees. */
  readonly unit?: Unit
  /** Covariance of the colors in [0, 1] over the training samples, [C, C]. */
  readonly covariance?: readonly number[]
  /**
   * Where the first augmentations of the list move pixels, if they do: `'graph'` (default), or `'copying'`, when a batch goes to
   * where the graph reads it. That is the same in a tenth of the time: one pass over memory that has to be made anyway.
   */
  readonly moves?: 'graph' | 'copying'
}

/** What augmentations must know of the training samples besides. */
export const needsOf = (given: Augmentations): ReadonlySet<Need> =>
  new Set(flatten(given).flatMap(({ needs }) => needs ?? []))

/**
 * Makes augmentations ready for pictures of one shape. They act in the order of the list; those that move pixels and follow one
 * another become one resampling: what the first moves out of the picture the second can bring back. Linear changes of colors
 * that follow one another become one, too.
 * @throws if the samples are no pictures, or if an augmentation does not fit them.
 */
export function augmenter(given: Augmentations, options: AugmenterOptions): Augmenter {
  const { seed, moves = 'graph' } = options
  const list = flatten(given)
  const picture = pictureOf(options)
  for (const augmentation of list) augmentation.check?.(picture)
  const groups = groupsOf(list)
  const [first, ...others] = groups
  const copied = moves === 'copying' && first && isMoves(first) ? first : undefined
  const passes = (copied ? others : groups).map((group) => passOf(group, picture))
  const together = togetherOf(list)
  const uses = ({ epoch }: Occasion, sample: number) => useAt({ seed, epoch, sample, together })
  const mixes = passes.some(({ mix }) => mix)
  return {
    names: list.map(({ name }) => name),
    written: list.map(({ name, written = name }) => written),
    copy: copied ? copying(copied, picture, uses) : (from, into) => into.set(from),
    inputs: (batchSize) => passes.map(({ numbers }, i) => input(`augment:${i}`, [batchSize, numbers])),
    apply: (x, inputs) => passes.reduce((value, pass, i) => pass.apply(value, inputs[i]!), x),
    ...(mixes && {
      mix: (labels: Value, inputs: readonly Value[]) =>
        passes.reduce((value, { mix }, i) => mix?.(value, inputs[i]!) ?? value, labels),
    }),
    fill(pass, occasion, into) {
      const { numbers, draw } = passes[pass]!
      occasion.samples.forEach((sample, row) => {
        into.set(draw(uses(occasion, sample)), row * numbers)
      })
    },
  }
}

function pictureOf({ shape, unit, covariance }: AugmenterOptions): Picture {
  const [channels, height, width] = shape as [number, number, number]
  ensure(
    shape.length === 3,
    `augment: expected pictures [C, H, W], got samples of shape ${formatShape(shape)}`,
    'leave the augmentation out',
  )
  const same = (value: number) => Array.from({ length: channels }, () => value)
  return { channels, height, width, unit: unit ?? { scale: same(1), offset: same(0) }, covariance }
}

/** Moves the pixels of each picture of a batch while they are copied. */
function copying(
  moves: Moves,
  picture: Picture,
  uses: (occasion: Occasion, sample: number) => UseAt,
): Augmenter['copy'] {
  const move: Move = mover(picture, borderOf(moves))
  const size = picture.channels * picture.height * picture.width
  return (from, into, occasion) => {
    occasion.samples.forEach((sample, row) => {
      move(from, row * size, into, row * size, placement(moves, uses(occasion, sample), picture))
    })
  }
}

/** What names the streams of those that draw together: the place of the first of them. */
function togetherOf(list: readonly Augmentation[]): ReadonlyMap<object, number> {
  const places = new Map<object, number>()
  list.forEach(({ groups = [] }, place) => {
    for (const group of groups) if (!places.has(group)) places.set(group, place)
  })
  return places
}

interface UseKey {
  readonly seed: number
  readonly epoch: number
  readonly sample: number
  readonly together: ReadonlyMap<object, number>
}

/** The use of a sample for each place in the list. Streams are made when they are asked for: few augmentations need them all. */
function useAt({ seed, epoch, sample, together }: UseKey): UseAt {
  const drawn = new Map<object, unknown>()
  return (place) => {
    let [random, always]: (Random | undefined)[] = []
    return {
      epoch,
      get random() {
        random ??= new Random(seed, 'augment', place, sample, epoch)
        return random
      },
      get always() {
        always ??= new Random(seed, 'augment', place, sample)
        return always
      },
      once<T>(group: object, draw: (random: Random) => T): T {
        const first = together.get(group)
        ensure(first !== undefined, 'augment: what draws together must name its group in `groups`')
        if (!drawn.has(group))
          drawn.set(group, draw(new Random(seed, 'augment together', first, sample, epoch)))
        return drawn.get(group) as T
      },
    }
  }
}

/** Augmentations that share a pass. */
type Group = readonly Placed<Augmentation>[]

const isMoves = (group: Group): group is Moves =>
  group.every(({ augmentation: { kind } }) => kind === 'geometric' || kind === 'bending')
const isOf = <K extends Augmentation['kind']>(
  group: Group,
  kind: K,
): group is readonly Placed<Extract<Augmentation, { kind: K }>>[] =>
  group.every(({ augmentation }) => augmentation.kind === kind)

/** Those that follow one another share a pass if they move pixels and agree on what is outside, or if they tint. */
function groupsOf(list: readonly Augmentation[]): readonly Group[] {
  const groups: Placed<Augmentation>[][] = []
  list.forEach((augmentation, place) => {
    const [last, next] = [groups.at(-1), { augmentation, place }]
    if (last && joins(last, [next])) last.push(next)
    else groups.push([next])
  })
  return groups
}

function joins(group: Group, next: Group): boolean {
  if (isOf(next, 'tinting')) return isOf(group, 'tinting')
  if (!isMoves(next) || !isMoves(group)) return false
  const [known, border] = [borderOf(group), borderOf(next)]
  return !known || !border || known === border
}

function passOf(group: Group, picture: Picture): Pass {
  if (isMoves(group)) return moving(group, picture)
  if (isOf(group, 'tinting')) return tinting(group, picture)
  const [only] = group as readonly [Placed<Augmentation>]
  const { augmentation, place } = only
  if (augmentation.kind === 'recoloring') return recoloring({ augmentation, place }, picture)
  ensure(augmentation.kind === 'mixing', `augment: "${augmentation.name}" is of no known kind`)
  return mixing({ augmentation, place }, picture)
}
