import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { tensor } from '../../src/core/index.ts'
import { distributionOf } from '../../src/train/charts/distribution.ts'
import { columnsOf, commonSpan, percent, shortNumber } from '../../src/train/charts/histogram-panel.ts'
import { drawHistograms, type LayerHistogram, writePicture } from '../../src/train/index.ts'

const root = mkdtempSync(join(tmpdir(), 'gradus-histograms-'))
afterAll(() => rmSync(root, { recursive: true }))

describe('distributionOf', () => {
  it('counts numbers by bins of equal width, the last with its end', () => {
    const found = distributionOf(tensor([0, 0.5, 1, 1, 2.5, 4]), 4)
    expect(found.counts).toEqual([2, 2, 1, 1])
    expect(found.edges).toEqual([0, 1, 2, 3, 4])
    expect(found).toMatchObject({ size: 6, mean: 1.5, zeros: 1 / 6, notFinite: 0 })
    expect(found.std).toBeCloseTo(Math.sqrt((1.5 ** 2 + 1 + 0.25 + 0.25 + 1 + 2.5 ** 2) / 6), 12)
  })

  it('goes by the finite numbers, and tells how many are not', () => {
    const found = distributionOf(tensor([1, Number.NaN, 3, Number.POSITIVE_INFINITY]), 2)
    expect(found).toMatchObject({
      size: 4,
      mean: 2,
      std: 1,
      notFinite: 0.5,
      counts: [1, 1],
      edges: [1, 2, 3],
    })
    const none = distributionOf(tensor([Number.NaN]), 2)
    expect(none).toMatchObject({ mean: Number.NaN, std: Number.NaN, notFinite: 1, counts: [0, 0] })
  })

  it('has bins where all numbers are the same', () => {
    expect(distributionOf(tensor([0, 0]), 3)).toMatchObject({ std: 0, zeros: 1, counts: [0, 2, 0] })
    expect(distributionOf(tensor([1e20, 1e20]), 3)).toMatchObject({ std: 0, counts: [0, 2, 0] })
  })

  it('takes whole numbers, but not the bits of float16', () => {
    expect(distributionOf(tensor([1, 2], [2], 'int64'), 2)).toMatchObject({ mean: 1.5, counts: [1, 1] })
    const bits = { dtype: 'float16', shape: [1], data: Uint16Array.of(15360) } as const
    expect(() => distributionOf(bits, 2)).toThrow('got the bits of float16')
  })
})

describe('the columns of a panel', () => {
  it('are those of the histogram on its own axis', () => {
    const found = distributionOf(tensor([1, 1.1, 1.2, 1.3, 2.5, 3]), 2)
    expect(columnsOf(found, commonSpan([found]), 2)).toEqual([1, 0.5])
    expect(columnsOf(found, [1, 3], 4)).toEqual([1, 1, 0.5, 0.5])
  })

  it('leave exact zeros out', () => {
    const found = distributionOf(tensor([0, 0, 0, 0, 0.5, 1.5, 1.5, 2]), 2)
    expect(found.counts).toEqual([5, 3])
    expect(columnsOf(found, [0, 2], 2)).toEqual([1 / 3, 1])
    expect(columnsOf(distributionOf(tensor([0, 0]), 3), [-1, 1], 2)).toEqual([0, 0])
  })

  it('become a needle where the axis is that of wider ones', () => {
    const narrow = distributionOf(tensor([-1e-30, 1e-30, 2e-30]), 50)
    const wide = distributionOf(tensor([-3, 1]), 50)
    expect(commonSpan([narrow, wide])).toEqual([-3, 3])
    expect(columnsOf(narrow, [-3, 3], 5)).toEqual([0, 0, 1, 0, 0])
    expect(columnsOf(distributionOf(tensor([3, 3 - 1e-7]), 5), [-3, 3], 3)).toEqual([0, 0, 1])
  })

  it('have numbers of two digits below', () => {
    const numbers = [0, 0.63, 0.4, 1, 42.4, 540.3, 3333, 3.14e-7, 8.7e11]
    const texts = ['0', '0.63', '0.40', '1.0', '42', '540', '3.3e3', '3.1e-7', '8.7e11']
    expect(numbers.map(shortNumber)).toEqual(texts)
    expect(percent(0.426)).toBe('43%')
  })
})

describe('drawHistograms', () => {
  const layer = (path: string, more: Partial<LayerHistogram> = {}): LayerHistogram => ({
    path,
    type: 'tanh',
    shape: [1, 4],
    activations: distributionOf(tensor([-0.5, 0.1, 0.2, 0.3]), 5),
    gradients: distributionOf(tensor([-1, 1, 2, 4]), 5),
    saturated: 0.25,
    ...more,
  })
  const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1])

  it('names rows and layers, and tells their figures', async () => {
    const rows = [{ title: 'Xavier', note: 'holds', layers: [layer('act1'), layer('act2')] }]
    const texts = textsOf(await drawHistograms(rows, { title: 'A net', subtitle: 'seen early' }))
    for (const text of ['A net', 'seen early', 'Xavier', 'holds', 'act1', 'act2', '-0.50 to 0.50'])
      expect(texts).toContain(text)
    for (const text of ['std', '0.31', 'gradient std', '1.8', 'saturated', '25%'])
      expect(texts).toContain(text)
    expect(texts).not.toContain('zero')
    expect(texts).not.toContain('not finite')
  })

  it('tells zeros and what is not finite where there are any', async () => {
    const activations = distributionOf(tensor([0, 0, 1, Number.NaN]), 5)
    const texts = textsOf(await drawHistograms([{ title: 'ReLU', layers: [layer('act', { activations })] }]))
    for (const text of ['zero', '50%', 'not finite', '25%']) expect(texts).toContain(text)
    expect(texts).not.toContain('saturated')
  })

  it('draws gradients when asked', async () => {
    const rows = [{ title: 'Xavier', layers: [layer('act1')] }]
    const [gradients, activations] = [
      await drawHistograms(rows, { of: 'gradients' }),
      await drawHistograms(rows),
    ]
    expect(textsOf(gradients)).toContain('-4.0 to 4.0')
    expect(gradients).toContain('#d55e00')
    expect(activations).not.toContain('#d55e00')
  })

  it('goes on in a new line after ten layers', async () => {
    const layers = (count: number) => Array.from({ length: count }, (_, i) => layer(`layer.${i}`))
    const heightOf = (svg: string) => Number(/height="(\d+)"/.exec(svg)![1])
    const draw = (count: number) => drawHistograms([{ title: 'deep', layers: layers(count) }])
    const [ten, eleven] = [await draw(10), await draw(11)]
    expect(heightOf(eleven)).toBeGreaterThan(heightOf(ten) + 100)
    expect(textsOf(eleven).filter((text) => text === 'gradient std')).toHaveLength(2)
  })

  it.each([
    ['numbers that are none', { activations: distributionOf(tensor([Number.NaN]), 5) }],
    ['one number', { activations: distributionOf(tensor([0]), 1) }],
    ['no gradients, nothing saturated', { gradients: undefined, saturated: undefined }],
  ])('draws layers with %s', async (_, more) => {
    const svg = await drawHistograms([{ title: 'odd', layers: [layer('act', more), layer('next')] }])
    expect(svg).not.toMatch(/undefined|Infinity|points="[^"]*NaN|d="[^"]*NaN/)
  })

  it('is written as two pictures', async () => {
    const svg = await drawHistograms([{ title: 'Xavier', layers: [layer('act1')] }])
    const [, png] = await writePicture(join(root, 'histograms'), svg)
    expect(readFileSync(join(root, 'histograms.svg'), 'utf8')).toBe(svg)
    const { width, format } = await sharp(png).metadata()
    expect({ width, format }).toEqual({ width: 2240, format: 'png' })
  })

  it('refuses what it cannot draw', async () => {
    await expect(drawHistograms([])).rejects.toThrow('drawHistograms: expected at least one row, got none')
    const bare = [{ title: 'Xavier', layers: [layer('act', { gradients: undefined })] }]
    await expect(drawHistograms(bare, { of: 'gradients' })).rejects.toThrow('row "Xavier" has no gradients')
    const wrong = { of: 'weights' as 'gradients' }
    await expect(drawHistograms(bare, wrong)).rejects.toThrow("expected of: 'activations' or 'gradients'")
  })
})
