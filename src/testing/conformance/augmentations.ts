import { type Augmentations, type AugmenterOptions, augmenter, sometimes } from '../../augment/index.ts'
import { type Entry, ensure, GradusError, Random } from '../../core/index.ts'
import { constant, Graph, input } from '../../graph/index.ts'
import { compileGraph } from '../../runtime/index.ts'
import { type Case, casesOf, type Property, runAll } from './case.ts'

const SIDE = 8
const PLANE = SIDE * SIDE
const COUNT = 6
/** From what the network sees to [0, 1] and back, or between pixels at a whole place, in float32. */
const ROUNDING = 1e-5
const CLASSES = 4

/** Standardized pictures, and what they were standardized by. */
const unit = { scale: [0.25, 0.24, 0.26], offset: [0.49, 0.48, 0.45] }
const covariance = [0.06, 0.05, 0.04, 0.05, 0.06, 0.05, 0.04, 0.05, 0.07]

/** The numbers of a batch of pictures whose colors in [0, 1] are given, [N, C, 8, 8]. */
function batchOf(channels: number, colorAt: (i: number) => number): Float32Array {
  return Float32Array.from({ length: COUNT * channels * PLANE }, (_, i) => {
    const channel = Math.floor(i / PLANE) % channels
    return (colorAt(i) - unit.offset[channel]!) / unit.scale[channel]!
  })
}

/** Pictures in 8 bits, as they come from files. */
function photos(channels = 3): Float32Array {
  const random = new Random('photos')
  return batchOf(channels, () => random.integer(256) / 255)
}

interface Seen extends Partial<AugmenterOptions> {
  readonly samples?: readonly number[]
  readonly epoch?: number
  readonly channels?: number
}

/** What becomes of pictures, and of labels if they are mixed: sample i is of class i mod 4. */
async function see(given: Augmentations, pictures: Float32Array, how: Seen = {}) {
  const { samples = [0, 1, 2, 3, 4, 5], epoch = 0, channels = 3, ...options } = how
  const seen = augmenter(given, {
    shape: [channels, SIDE, SIDE],
    seed: 0,
    unit: { scale: unit.scale.slice(0, channels), offset: unit.offset.slice(0, channels) },
    covariance: channels === 3 ? covariance : [covariance[0]!],
    ...options,
  })
  const x = input('x', [COUNT, channels, SIDE, SIDE])
  const inputs = seen.inputs(COUNT)
  const labels = Float32Array.from({ length: COUNT * CLASSES }, (_, i) => {
    return samples[Math.floor(i / CLASSES)]! % CLASSES === i % CLASSES ? 1 : 0
  })
  const mixed = seen.mix?.(constant(labels, 'float32', [COUNT, CLASSES]), inputs)
  const graph = new Graph([x, ...inputs], { y: seen.apply(x, inputs), ...(mixed && { mixed }) })
  const program = await compileGraph(graph, { threads: 1, lowering: false })
  const occasion = { epoch, samples: Uint32Array.from(samples) }
  seen.copy(pictures, program.inputs.x!.data as Float32Array, occasion)
  inputs.forEach(({ name }, pass) => {
    seen.fill(pass, occasion, program.inputs[name!]!.data as Float32Array)
  })
  await program.run()
  return {
    pictures: program.outputs.y!.data as Float32Array,
    labels: program.outputs.mixed?.data as Float32Array | undefined,
  }
}

const sampleOf = (all: Float32Array, row: number): Float32Array => {
  const size = all.length / COUNT
  return all.subarray(row * size, (row + 1) * size)
}

function expectNear(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [found[i]!, expected[i]!]
    ensure(Math.abs(a - b) <= tolerance, `${what}: expected ${b} at ${i}, got ${a}`)
  }
}

const keyed: Property<Augmentations> = {
  name: 'a function of (seed, epoch, sample): neither of the place in the batch nor of when it was asked',
  async check({ make }) {
    const all = photos()
    const [first, again] = [await see(make(), all), await see(make(), all)]
    expectNear(again.pictures, first.pictures, 0, 'asked again')
    // The same order, begun elsewhere, so that samples that are mixed have the same neighbors.
    const turned = [2, 3, 4, 5, 0, 1]
    const moved = Float32Array.from(turned.flatMap((row) => [...sampleOf(all, row)]))
    const other = await see(make(), moved, { samples: turned })
    turned.forEach((sample, row) => {
      const [found, expected] = [sampleOf(other.pictures, row), sampleOf(first.pictures, sample)]
      expectNear(found, expected, ROUNDING, `sample ${sample} in row ${row}`)
    })
  },
}

const contents: Readonly<Record<string, () => number>> = {
  black: () => 0,
  white: () => 1,
  gray: () => 0.5,
}

const finite: Property<Augmentations> = {
  name: 'finite pictures from photos and from black, white and gray ones, epoch after epoch',
  async check({ make }) {
    const batches = { photos: photos(), ...mapped(contents, (colorAt) => batchOf(3, colorAt)) }
    for (const [name, batch] of Object.entries(batches)) {
      for (const epoch of [0, 1, 2]) {
        const { pictures } = await see(make(), batch, { epoch })
        const wrong = pictures.find((value) => !Number.isFinite(value))
        ensure(wrong === undefined, `${name}, epoch ${epoch}: got ${wrong}`)
        ensure(pictures.length === batch.length, `${name}: expected pictures of the same size`)
      }
    }
  },
}

const mapped = <A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))

const neutral: Property<Augmentations> = {
  name: 'nothing changes where it is left out by chance',
  async check({ make }) {
    const all = photos()
    expectNear((await see(sometimes(0, make()), all)).pictures, all, ROUNDING, 'never')
    const some = await see(sometimes(0.5, make()), all)
    const always = await see(sometimes(1, make()), all)
    for (let row = 0; row < COUNT; row++) {
      const [found, plain] = [sampleOf(some.pictures, row), sampleOf(all, row)]
      const isLeft = found.every((value, i) => Math.abs(value - plain[i]!) <= ROUNDING)
      if (!isLeft) expectNear(found, sampleOf(always.pictures, row), ROUNDING, `sometimes, row ${row}`)
    }
  },
}

const copied: Property<Augmentations> = {
  name: 'the same in the graph and while a batch is copied',
  async check({ make }) {
    const inGraph = await see(make(), photos())
    const copying = await see(make(), photos(), { moves: 'copying' })
    expectNear(copying.pictures, inGraph.pictures, 2 * ROUNDING, 'while copied')
  },
}

const labelled: Property<Augmentations> = {
  name: 'labels of samples that are mixed are shares of the samples that are in it',
  async check({ make }) {
    const { labels } = await see(make(), photos())
    if (!labels) return
    for (let row = 0; row < COUNT; row++) {
      const shares = sampleOf(labels, row)
      const [own, next] = [shares[row % CLASSES]!, shares[((row + 1) % COUNT) % CLASSES]!]
      ensure(
        shares.every((share) => share >= 0),
        `row ${row}: expected shares of 0 or more, got ${shares}`,
      )
      ensure(Math.abs(own + next - 1) < 1e-6, `row ${row}: expected shares of two samples, got ${shares}`)
    }
  },
}

const gray: Property<Augmentations> = {
  name: 'pictures of one channel are changed as well, or refused with the reason',
  async check({ make }, { name }) {
    const batch = photos(1)
    try {
      const { pictures } = await see(make(), batch, { channels: 1 })
      ensure(pictures.every(Number.isFinite), 'expected finite pictures')
    } catch (error) {
      const isReason = error instanceof GradusError && error.message.includes('channel')
      if (!isReason) throw error
      ensure(error.message.startsWith(name), `expected an error of ${name}, got: ${error.message}`)
    }
  },
}

/** What must hold of every augmentation and policy. */
export const augmentationProperties: readonly Property<Augmentations>[] = [
  keyed,
  finite,
  neutral,
  copied,
  labelled,
  gray,
]

/** The examples of an augmentation or a policy crossed with {@link augmentationProperties}. */
export const augmentationCases = (entry: Entry<Augmentations>): Case[] =>
  casesOf(entry, augmentationProperties)

/**
 * Puts an augmentation through its conformance suite, with pictures of 8x8 pixels.
 * @throws with all that failed.
 */
export const checkAugmentation = (entry: Entry<Augmentations>): Promise<void> =>
  runAll(augmentationCases(entry))
