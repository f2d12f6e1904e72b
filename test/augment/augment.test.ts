import { describe, expect, it } from 'vitest'
import {
  type Affine,
  type Augmentation,
  augmenter,
  type Border,
  cutout,
  defineAugmentation,
  randomCrop,
  randomFlip,
} from '../../src/augment/index.ts'
import { Random } from '../../src/core/index.ts'
import { augmented, type Look, noise, seenThrough } from './support.ts'

const pictures = noise([24, 3, 8, 6])
const [height, width] = [8, 6]
const size = [height, width] as const

/** What an augmentation draws for sample number `sample`, in the same way but written out again. */
const stream = (place: number, sample: number, epoch: number) =>
  new Random(0, 'augment', place, sample, epoch)

const within = (y: number, x: number) => y >= 0 && y < height && x >= 0 && x < width
const mirror = (at: number, size: number) => (at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at)
const zeros =
  (look: Look): Look =>
  (c, y, x) =>
    within(y, x) ? look(c, y, x) : 0
const reflect =
  (look: Look): Look =>
  (c, y, x) =>
    look(c, mirror(y, height), mirror(x, width))

/** Straightforward versions: one picture, one augmentation at a time. */
const plain = {
  flip:
    (place: number, epoch: number) =>
    (look: Look, sample: number): Look =>
      stream(place, sample, epoch).uniform() < 0.5 ? (c, y, x) => look(c, y, width - 1 - x) : look,
  crop: (place: number, epoch: number, padding: number, beyond: (look: Look) => Look) => {
    return (look: Look, sample: number): Look => {
      const random = stream(place, sample, epoch)
      const [top, left] = [random.integer(2 * padding + 1), random.integer(2 * padding + 1)]
      return (c, y, x) => beyond(look)(c, y + top - padding, x + left - padding)
    }
  },
  cutout:
    (place: number, epoch: number, side: number) =>
    (look: Look, sample: number): Look => {
      const random = stream(place, sample, epoch)
      const [top, left] = [random.integer(height), random.integer(width)].map(
        (at) => at - Math.floor(side / 2),
      )
      const covered = (y: number, x: number) => y >= top! && y < top! + side && x >= left! && x < left! + side
      return (c, y, x) => (covered(y, x) ? 0 : look(c, y, x))
    },
}

type Change = (look: Look, sample: number) => Look
const inOrder =
  (...changes: readonly Change[]): Change =>
  (look, sample) =>
    changes.reduce((seen, change) => change(seen, sample), look)

const cases: readonly [name: string, list: readonly Augmentation[], change: (epoch: number) => Change][] = [
  ['flip', [randomFlip()], (epoch) => plain.flip(0, epoch)],
  ['crop', [randomCrop(size, { padding: 3 })], (epoch) => plain.crop(0, epoch, 3, zeros)],
  [
    'crop with the mirror image',
    [randomCrop(size, { padding: 5, mode: 'reflect' })],
    (epoch) => plain.crop(0, epoch, 5, reflect),
  ],
  ['cutout of an even size', [cutout(4)], (epoch) => plain.cutout(0, epoch, 4)],
  ['cutout of an odd size', [cutout(3)], (epoch) => plain.cutout(0, epoch, 3)],
  [
    'all of them',
    [randomFlip(), randomCrop(size, { padding: 2 }), cutout(4)],
    (epoch) => inOrder(plain.flip(0, epoch), plain.crop(1, epoch, 2, zeros), plain.cutout(2, epoch, 4)),
  ],
  [
    'a crop before the flip, with a cutout between flips',
    [randomCrop(size, { padding: 2, mode: 'reflect' }), randomFlip(), cutout(2), randomFlip()],
    (epoch) =>
      inOrder(
        plain.crop(0, epoch, 2, reflect),
        plain.flip(1, epoch),
        plain.cutout(2, epoch, 2),
        plain.flip(3, epoch),
      ),
  ],
  [
    'two crops with other things beyond the edges',
    [randomCrop(size, { padding: 1, mode: 'reflect' }), randomCrop(size, { padding: 1 })],
    (epoch) =>
      inOrder(plain.crop(0, epoch, 1, reflect), (look, sample) =>
        plain.crop(1, epoch, 1, zeros)(look, sample),
      ),
  ],
]

describe('augmentation is what a plain loop over pixels gives, to the bit', () => {
  it.each(cases)('%s', async (_, list, change) => {
    for (const epoch of [0, 3])
      for (const moves of ['graph', 'copying'] as const)
        expect(await augmented(list, pictures, { epoch, moves })).toEqual(
          seenThrough(pictures, change(epoch)),
        )
  })
})

describe('moves that go far come out as a plain loop over pixels says', () => {
  const maps = [1, -1].flatMap((a) =>
    [1, -1].flatMap((e) =>
      [-7, -6, -5, -1, 0, 3, 5, 6, 9].flatMap((c) =>
        [-8, -2, 0, 7, 11].map((f): Affine => [a, 0, c, 0, e, f]),
      ),
    ),
  )
  const many = noise([maps.length, 2, height, width])
  const clamp = (at: number, size: number) => Math.min(Math.max(at, 0), size - 1)
  /** There and back again. */
  const folded = (at: number, size: number) => {
    const round = 2 * (size - 1)
    return mirror(((at % round) + round) % round, size)
  }
  const beyonds: Record<Border, (look: Look) => Look> = {
    zeros,
    reflect: (look) => (c, y, x) => look(c, folded(y, height), folded(x, width)),
    edge: (look) => (c, y, x) => look(c, clamp(y, height), clamp(x, width)),
  }

  it.each(Object.entries(beyonds) as [Border, (look: Look) => Look][])('%s', async (border, beyond) => {
    const expected = seenThrough(many, (look, sample) => {
      const [a, , c, , e, f] = maps[sample]!
      return (channel, y, x) => beyond(look)(channel, e * y + f, a * x + c)
    })
    for (const moves of ['graph', 'copying'] as const) {
      let sample = 0 // they are asked for one after the other
      const place = () => maps[sample++]!
      const moved = defineAugmentation('moved', () => ({
        kind: 'geometric',
        wholePixels: true,
        border,
        place,
      }))
      expect(await augmented([moved()], many, { moves })).toEqual(expected)
    }
  })
})

describe('what is drawn', () => {
  const list = [randomFlip(), randomCrop(size, { padding: 2 }), cutout(3)]

  it('is a function of (seed, epoch, sample): neither of the place in the batch nor of the neighbors', async () => {
    const order = [5, 3, 23, 0]
    const one = (all: number[], i: number) => all.slice(i * 144, (i + 1) * 144)
    const whole = await augmented(list, pictures, { epoch: 2 })
    const some = noise([24, 3, 8, 6])
    order.forEach((sample, i) => {
      ;(some.data as Float32Array).set(one([...(pictures.data as Float32Array)], sample), i * 144)
    })
    const samples = [...order, ...Array.from({ length: 20 }, (_, i) => 100 + i)]
    const mixed = await augmented(list, some, { epoch: 2, samples })
    order.forEach((sample, i) => {
      expect(one(mixed, i)).toEqual(one(whole, sample))
    })
  })

  it('is other for another seed, epoch or sample', async () => {
    const first = await augmented(list, pictures)
    expect(await augmented(list, pictures)).toEqual(first)
    expect(await augmented(list, pictures, { seed: 1 })).not.toEqual(first)
    expect(await augmented(list, pictures, { epoch: 1 })).not.toEqual(first)
    const samples = Array.from({ length: 24 }, (_, i) => 24 + i)
    expect(await augmented(list, pictures, { samples })).not.toEqual(first)
  })

  it('covers all places alike, and flips half of the samples', () => {
    const { fill } = augmenter([randomFlip(), randomCrop(size, { padding: 1 })], {
      shape: [1, 8, 6],
      seed: 4,
    })
    const samples = Uint32Array.from({ length: 9000 }, (_, i) => i)
    const maps = new Float32Array(9000 * 6)
    fill(0, { epoch: 0, samples }, maps)
    const [places, flipped] = [new Map<string, number>(), { count: 0 }]
    for (let i = 0; i < 9000; i++) {
      const [a, , c, , , f] = maps.subarray(i * 6, i * 6 + 6)
      if (a === -1) flipped.count++
      const place = `${a === -1 ? width - 1 - c! : c},${f}`
      places.set(place, (places.get(place) ?? 0) + 1)
    }
    expect(places.size).toBe(9)
    // Five standard errors of a share of 1 / 9, and of 1 / 2.
    for (const count of places.values())
      expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(9000 * (8 / 81)))
    expect(Math.abs(flipped.count - 4500)).toBeLessThan(5 * Math.sqrt(9000 / 4))
  })
})

describe('alternating flips', () => {
  const flips = (epoch: number, options = {}) => {
    const { fill } = augmenter([randomFlip({ alternate: true, ...options })], { shape: [1, 8, 6], seed: 0 })
    const maps = new Float32Array(400 * 6)
    fill(0, { epoch, samples: Uint32Array.from({ length: 400 }, (_, i) => i) }, maps)
    return Array.from({ length: 400 }, (_, i) => maps[i * 6] === -1)
  }

  it('show in every epoch the other side of each sample', () => {
    const first = flips(0)
    expect(flips(1)).toEqual(first.map((flipped) => !flipped))
    expect(flips(2)).toEqual(first)
    expect(Math.abs(first.filter(Boolean).length - 200)).toBeLessThan(50)
    expect(flips(0, { probability: 1 }).every(Boolean)).toBe(true)
    expect(flips(1, { probability: 1 }).some(Boolean)).toBe(false)
  })
})

describe('what does not fit is refused', () => {
  const fit =
    (augmentation: Augmentation, shape = [3, 32, 32]) =>
    () =>
      augmenter([augmentation], { shape, seed: 0 })

  it('options', () => {
    expect(() => randomFlip({ probability: 0 })).toThrow(
      'randomFlip: expected a probability above 0 and at most 1',
    )
    expect(() => randomFlip({ probabilty: 0.5 } as never)).toThrow('did you mean "probability"')
    expect(() => randomCrop(0)).toThrow('randomCrop: expected a size of whole pixels above 0, got 0')
    expect(() => randomCrop(32, { padding: 1.5 })).toThrow(
      'expected a padding of whole pixels, 0 or more, got 1.5',
    )
    expect(() => randomCrop(32, { padding: 4, mode: 'reflct' as never })).toThrow('did you mean "reflect"')
    expect(() => cutout(2.5)).toThrow('cutout: expected a size of whole pixels above 0, got 2.5')
  })

  it('pictures', () => {
    expect(fit(randomCrop(28, { padding: 4 }))).toThrow(
      'randomCrop: expected the size of the pictures, 32x32, got 28x28',
    )
    expect(fit(randomCrop(32))).toThrow('randomCrop: without padding there is only one place for the window')
    expect(fit(randomCrop(4, { padding: 4, mode: 'reflect' }), [1, 4, 4])).toThrow('a padding of at most 3')
    expect(fit(cutout(33))).toThrow('cutout: expected a size of at most 32, that of the pictures, got 33')
    expect(fit(randomFlip(), [64])).toThrow('augment: expected pictures [C, H, W], got samples of shape [64]')
  })
})
