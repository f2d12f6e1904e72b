import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Tensor, tensor } from '../../src/core/index.ts'
import { compile } from '../../src/runtime/index.ts'
import {
  fiveCrops,
  plain,
  type Tta,
  ttaNames,
  type View,
  viewsOf,
  zooms,
} from '../../src/train/evaluation/views.ts'

interface Stored {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}
interface Case {
  readonly pictures: Stored
  readonly views?: Readonly<Record<Tta, readonly Stored[]>>
  readonly zooms?: readonly Stored[]
}

const fixture: Readonly<Record<string, Case>> = JSON.parse(
  readFileSync(new URL('../fixtures/views.json', import.meta.url), 'utf8'),
)
const shown = (views: readonly View[], { data, shape }: Stored): Promise<Tensor[]> =>
  compile((x) => views.map((view) => view(x)))(tensor(data, shape)) as Promise<Tensor[]>

function expectSame(found: readonly Tensor[], expected: readonly Stored[]): void {
  expect(found.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape))
  found.forEach(({ data }, view) => {
    expected[view]!.data.forEach((value, i) => {
      // Interpolation weights are rounded to float32.
      expect(Number(data[i])).toBeCloseTo(value, 5)
    })
  })
}

describe('views of pictures are those of PyTorch', () => {
  const cases = Object.entries(fixture).filter(([, { views }]) => views)
  it.each(cases)('%s', async (_, { pictures, views }) => {
    expect(Object.keys(views!)).toEqual(ttaNames)
    for (const name of ttaNames)
      expectSame(await shown(viewsOf(name, pictures.shape.slice(1)), pictures), views![name])
  })

  it('at half and double size', async () => {
    const { pictures, zooms: expected } = fixture['half and double']!
    expectSame(await shown(zooms([0.5, 2]), pictures), expected!)
  })
})

describe('views', () => {
  it.each([
    [48, 3],
    [32, 2],
    [28, 2],
    [8, 1],
    [2, 1],
    [1, 0],
  ])('of pictures of side %i are moved by %i pixels', async (size, by) => {
    const data = Float32Array.from({ length: size * size }, (_, i) => i)
    const pictures = { data: [...data], shape: [1, 1, size, size] }
    const [usual, moved] = [await shown(fiveCrops(), pictures), await shown(fiveCrops(by), pictures)]
    expect(usual).toEqual(moved)
    expect(Number(usual[4]!.data[0])).toBe(by * size + by)
  })

  it('keep means by channel in their units: what is standardized before or after is the same', async () => {
    const { pictures } = fixture['13x10, moved by 1']!
    const scaled = { ...pictures, data: pictures.data.map((value) => 10 * value + 3) }
    for (const name of ttaNames) {
      const views = viewsOf(name, [3, 13, 10])
      const [before, after] = [await shown(views, scaled), await shown(views, pictures)]
      before.forEach(({ data }, view) => {
        data.forEach((value, i) => {
          expect(Number(value)).toBeCloseTo(10 * Number(after[view]!.data[i]) + 3, 4)
        })
      })
    }
  })

  it('are refused where they make no sense', () => {
    expect(() => viewsOf('ten-corp' as Tta, [3, 8, 8])).toThrow(
      'unknown test-time augmentation "ten-corp"; did you mean "ten-crop"?',
    )
    expect(() => viewsOf('flip', [64])).toThrow('tta: expected pictures [C, H, W], got samples of shape [64]')
    expect(() => viewsOf([], [3, 8, 8])).toThrow('tta: expected at least one view, got none')
    expect(() => zooms([0.4])).toThrow('zooms: expected finite scales of at least 0.5, got 0.4')
    expect(viewsOf('none', [64])).toEqual([plain])
  })
})
