import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Augmentations } from '../../src/augment/index.ts'
import * as augment from '../../src/augment/index.ts'
import { Random, type Shape, tensor } from '../../src/core/index.ts'
import { augmented } from './support.ts'

interface Case {
  readonly name: string
  readonly args: readonly unknown[]
  readonly shape: Shape
  readonly picture: readonly number[]
  readonly result: readonly number[]
}

const fixture: {
  readonly cases: readonly Case[]
  readonly window: Pick<Case, 'shape' | 'picture' | 'result'> & { window: [number, number, number, number] }
  readonly fancyPca: { covariance: number[]; draws: number[]; shift: number[] }
} = JSON.parse(readFileSync(new URL('../fixtures/augment.json', import.meta.url), 'utf8'))

/** Pictures as a network sees them that were standardized by these numbers. */
const standard = (channels: number) => ({
  scale: [0.2, 0.25, 0.3].slice(0, channels),
  offset: [0.4, 0.5, 0.45].slice(0, channels),
})

/**
 * Rounding to float32, of colors in [0, 1] and of places up to 12; besides torchvision's weight of red is 0.2989, ours 0.299, which
 * is 1e-4 of the lightest color.
 */
const TOLERANCE: Readonly<Record<string, number>> = {
  grayscale: 1.2e-4,
  saturation: 1.2e-4,
  contrast: 1.2e-4,
  colorJitter: 1.2e-4,
  hsvJitter: 2e-5,
}

const makers = augment as unknown as Record<string, (...args: readonly unknown[]) => Augmentations>

async function seen(
  { shape, picture }: Pick<Case, 'shape' | 'picture'>,
  list: Augmentations,
  moves: 'graph' | 'copying',
) {
  const unit = standard(shape[0]!)
  const plane = shape[1]! * shape[2]!
  const channel = (i: number) => Math.floor(i / plane) % shape[0]!
  const zero = (i: number) => unit.offset[channel(i)]!
  const pictures = tensor(
    picture.map((u, i) => (u - zero(i)) / unit.scale[channel(i)]!),
    [1, ...shape],
  )
  const result = await augmented([list], pictures, { unit, moves })
  return result.map((value, i) => value * unit.scale[channel(i)]! + zero(i))
}

const moving = [
  'rotate',
  'zoom',
  'translate',
  'shear',
  'stretch',
  'lensDistortion',
  'randomFlip',
  'randomVerticalFlip',
]
const rows = fixture.cases.map((item) => ({
  title: `${item.name}(${JSON.stringify(item.args).slice(1, -1)})`,
  item,
}))

function expectClose(found: readonly number[], expected: readonly number[], tolerance: number): void {
  const wrong = found.flatMap((value, i) =>
    Math.abs(value - expected[i]!) <= tolerance ? [] : [`[${i}] ${value}, expected ${expected[i]}`],
  )
  expect(found.length).toBe(expected.length)
  expect(wrong).toEqual([])
}

describe('torchvision makes the same of a picture', () => {
  const colors = rows.filter(({ item }) => !moving.includes(item.name))

  it.each(colors)('$title', async ({ item }) => {
    const found = await seen(item, makers[item.name]!(...item.args), 'graph')
    expectClose(found, item.result, TOLERANCE[item.name] ?? 3e-6)
  })

  const moves = rows.filter(({ item }) => moving.includes(item.name))

  it.each(moves)('$title, in the graph and while it is copied', async ({ item }) => {
    const list = makers[item.name]!(...item.args)
    const pictures = tensor([...item.picture], [1, ...item.shape])
    for (const moves of ['graph', 'copying'] as const)
      expectClose(await augmented([list], pictures, { moves }), item.result, 5e-6)
  })
})

/** A stream that gives what it is told to give. */
function scripted(numbers: readonly number[]): Random {
  const random = new Random(0)
  const rest = [...numbers]
  const next = () => rest.shift()!
  return Object.assign(random, {
    uniform: next,
    integer: next,
    normal: (_ = 0, std = 1) => (next() * std) / 0.1,
  })
}

describe('what is drawn goes where it should', () => {
  it('randomResizedCrop enlarges the window as torchvision does, apart from its edges', async () => {
    const { shape, picture, window, result } = fixture.window
    const [channels, height, width] = shape as [number, number, number]
    const [top, left, h, w] = window
    const crop = augment.randomResizedCrop()
    if (crop.kind !== 'geometric') throw new Error('expected a move')
    const random = scripted([(h * w) / (height * width), Math.log(w / h), left, top])
    const use = { epoch: 0, random, always: random, once: () => undefined as never }
    const unit = { scale: [1, 1, 1], offset: [0, 0, 0] }
    const map = crop.place(use, { channels, height, width, unit })
    const fixed = augment.defineAugmentation('fixed', () => ({ kind: 'geometric', place: () => map }))
    const found = await augmented([fixed()], tensor([...picture], [1, ...shape]))
    const isInside = (i: number) => {
      const [x, y] = [i % width, Math.floor(i / width) % height]
      const [column, row] = [map[0] * x + map[2], map[4] * y + map[5]]
      return column >= left && column <= left + w - 1 && row >= top && row <= top + h - 1
    }
    const inside = result.flatMap((_, i) => (isInside(i) ? [i] : []))
    expect(inside.length).toBeGreaterThan(150)
    expectClose(
      inside.map((i) => found[i]!),
      inside.map((i) => result[i]!),
      2e-6,
    )
  })

  it('fancyPca is the recipe of the text over the given covariance', () => {
    const { covariance, draws, shift } = fixture.fancyPca
    const pca = augment.fancyPca()
    if (pca.kind !== 'tinting') throw new Error('expected a change of colors')
    const random = scripted(draws)
    const use = { epoch: 0, random, always: random, once: () => undefined as never }
    const picture = {
      channels: 3,
      height: 1,
      width: 1,
      unit: { scale: [1, 1, 1], offset: [0, 0, 0] },
      covariance,
    }
    const map = pca.tint(use, picture)
    expectClose(map.shift, shift, 1e-12)
    expect(map.own).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
  })
})
