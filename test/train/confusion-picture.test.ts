import { describe, expect, it } from 'vitest'
import { classScores, mostMistaken } from '../../src/train/evaluation/metrics/index.ts'
import { type ConfusionPictureData, drawConfusion } from '../../src/train/index.ts'

function dataOf(confusion: readonly (readonly number[])[], names?: readonly string[]): ConfusionPictureData {
  const classes = classScores(confusion).map((scores, c) => ({ name: names?.[c] ?? `${c}`, ...scores }))
  return { data: 'letters', split: 'test', samples: 1234, accuracy: 0.75, classes, confusion }
}
const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!)
const square = (size: number, at: (row: number, column: number) => number) =>
  Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, column) => at(row, column)))

describe('drawConfusion', () => {
  it('shows the counts, the recall of the rows and the precision of the columns', async () => {
    const svg = await drawConfusion(dataOf([[6, 2], [0, 4]], ['a', 'b'])) // biome-ignore format: a matrix
    const texts = textsOf(svg)
    expect(texts).toContain('letters test, 1,234 samples, accuracy 75.00%.')
    expect(texts.filter((text) => text === 'a' || text === 'b')).toHaveLength(4)
    for (const text of ['6', '2', '4', '75.0%', '66.7%', '100.0%']) expect(texts).toContain(text)
    expect(texts).not.toContain('0')
    expect(texts.some((text) => text.includes('the darkest is 25.0% of the row'))).toBe(true)
  })

  it('marks what is right and what is wrong in colors that all can tell apart', async () => {
    const svg = await drawConfusion(dataOf([[0, 4], [0, 4]])) // biome-ignore format: a matrix
    expect(svg).toContain('#0072b2')
    expect(svg).toContain('#d55e00')
  })

  it('shows the classes with most mistakes where there are too many', async () => {
    const confusion = square(50, (row, column) => (row === column ? 10 : row < 40 && column === 0 ? 1 : 0))
    expect(mostMistaken(confusion, 40)).toEqual(Array.from({ length: 40 }, (_, c) => c))
    const texts = textsOf(await drawConfusion(dataOf(confusion)))
    expect(texts.some((text) => text.endsWith('The 40 of 50 classes with most mistakes.'))).toBe(true)
    expect(texts.filter((text) => text === '39')).toHaveLength(2)
    expect(texts).not.toContain('40')
  })

  it.each([
    ['no mistakes', square(3, (row, column) => (row === column ? 2 : 0))],
    ['classes that do not occur', [[0, 0], [0, 3]]], // biome-ignore format: a matrix
    ['one class', [[5]]],
  ])('draws %s', async (_, confusion) => {
    const svg = await drawConfusion(dataOf(confusion, ['a name that is longer than a picture has room for']))
    expect(svg).not.toMatch(/undefined|Infinity|NaN/)
    expect(textsOf(svg)).toContain('a name that is longer…')
  })
})
