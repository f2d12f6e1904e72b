import { ensure, formatShape, Random, type Shape } from '../core/index.ts'
import { input, type Value } from '../graph/index.ts'
import { type Affine, compose, unmoved } from './affine.ts'
import type { Augmentation, Border, Geometric, Picture, Recoloring, Use } from './augmentation.ts'
import { resample } from './resample.ts'

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
  /** Inputs of the graph for a batch of so many samples: the numbers of each pass, [N, n]. */
  inputs(batchSize: number): readonly Value[]
  /** x [N, C, H, W] -> [N, C, H, W] */
  apply(x: Value, inputs: readonly Value[]): Value
  /** Fills the numbers of one pass, [N, n], as a function of (seed, epoch, sample) alone. */
  fill(pass: number, occasion: Occasion, into: Float32Array): void
}

/** An augmentation with its place in the list, which its random streams are named by. */
interface Placed<A extends Augmentation> {
  readonly augmentation: A
  readonly place: number
}

type UseAt = (place: number) => Use

/** One pass over the pictures of a batch. */
interface Pass {
  readonly numbers: number
  draw(useAt: UseAt): readonly number[]
  apply(x: Value, drawn: Value): Value
}

/**
 * Makes augmentations ready for pictures of one shape. They act in the order of the list; geometric ones that follow one
 * another become one resampling: what the first moves out of the picture the second can bring back.
 * @param shape without the batch axis, [C, H, W].
 * @throws if the samples are no pictures, or if an augmentation does not fit them.
 */
export function augmenter(
  list: readonly Augmentation[],
  { shape, seed }: { readonly shape: Shape; readonly seed: number },
): Augmenter {
  const [channels, height, width] = shape as [number, number, number]
  ensure(
    shape.length === 3,
    `augment: expected pictures [C, H, W], got samples of shape ${formatShape(shape)}`,
    'leave the augmentation out',
  )
  const picture = { channels, height, width }
  for (const augmentation of list) augmentation.check?.(picture)
  const passes = passesOf(list, picture)
  return {
    names: list.map(({ name }) => name),
    inputs: (batchSize) => passes.map(({ numbers }, i) => input(`augment:${i}`, [batchSize, numbers])),
    apply: (x, inputs) => passes.reduce((value, pass, i) => pass.apply(value, inputs[i]!), x),
    fill(pass, { epoch, samples }, into) {
      const { numbers, draw } = passes[pass]!
      samples.forEach((sample, row) => {
        into.set(
          draw((place) => use(seed, place, { epoch, sample })),
          row * numbers,
        )
      })
    },
  }
}

/** Streams are made when they are asked for: few augmentations need both. */
function use(seed: number, place: number, { epoch, sample }: { epoch: number; sample: number }): Use {
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
  }
}

/** Geometric augmentations that follow one another, and agree on what is outside, share a pass. */
function passesOf(list: readonly Augmentation[], picture: Picture): Pass[] {
  const passes: Pass[] = []
  let run: Placed<Geometric>[] = []
  const endRun = () => {
    if (run.length > 0) passes.push(moving(run, picture))
    run = []
  }
  list.forEach((augmentation, place) => {
    if (augmentation.kind === 'recoloring') {
      endRun()
      passes.push(recoloring({ augmentation, place }, picture))
      return
    }
    const known = borderOf(run)
    if (known && augmentation.border && known !== augmentation.border) endRun()
    run.push({ augmentation, place })
  })
  endRun()
  return passes
}

const borderOf = (run: readonly Placed<Geometric>[]): Border | undefined =>
  run.find(({ augmentation }) => augmentation.border)?.augmentation.border

function moving(run: readonly Placed<Geometric>[], picture: Picture): Pass {
  const border = borderOf(run)
  return {
    numbers: 6,
    draw: (useAt) =>
      run.reduce<Affine>(
        (map, { augmentation, place }) => compose(map, augmentation.place(useAt(place), picture)),
        unmoved,
      ),
    apply: (x, maps) => resample(x, maps, border),
  }
}

const recoloring = ({ augmentation, place }: Placed<Recoloring>, picture: Picture): Pass => ({
  numbers: augmentation.numbers,
  draw: (useAt) => augmentation.draw(useAt(place), picture),
  apply: (x, drawn) => augmentation.apply(x, drawn),
})
