import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { contactSheet } from '../../src/train/charts/contact-sheet.ts'

/** A picture of one color. */
const flat = (shape: readonly [number, number, number], ...color: readonly number[]) => ({
  shape,
  data: Uint8Array.from(
    { length: shape[0] * shape[1] * shape[2] },
    (_, i) => color[Math.floor(i / (shape[1] * shape[2]))]!,
  ),
})

async function pixelsOf(png: Uint8Array) {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true })
  const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * info.channels).subarray(0, 3)]
  return { ...info, at }
}

describe('a contact sheet', () => {
  const [red, gray, wide] = [
    flat([3, 8, 8], 200, 10, 20),
    flat([1, 5, 5], 90),
    flat([3, 100, 300], 1, 2, 250),
  ]

  it('shows pictures of any size in rows, each in its proportions', async () => {
    const { width, height, at } = await pixelsOf(await contactSheet([red, gray, wide], { columns: 2 }))
    expect([width, height]).toEqual([2 * 104 + 8, 2 * 104 + 8])
    expect(at(8, 8)).toEqual([200, 10, 20])
    expect(at(103, 103)).toEqual([200, 10, 20])
    expect(at(104, 104)).toEqual([255, 255, 255])
    expect(at(112 + 48, 8 + 48)).toEqual([90, 90, 90]) // 95 pixels of 96
    expect(at(8 + 48, 112 + 48)).toEqual([1, 2, 250])
    expect(at(8 + 48, 112 + 10)).toEqual([255, 255, 255]) // 32 pixels high
  })

  it('takes numbers in [0, 1], and cuts off what is beyond', async () => {
    const data = Float32Array.from([1.5, -1, 0.5])
    const { at } = await pixelsOf(await contactSheet([{ shape: [3, 1, 1], data }]))
    expect(at(50, 50)).toEqual([255, 0, 128])
  })

  it('has a title and labels, with whatever letters', async () => {
    const plain = await pixelsOf(await contactSheet([red]))
    const words = { title: 'cats & <dogs>', labels: ['"a very long name of a class"'] }
    const { height, at } = await pixelsOf(await contactSheet([red], words))
    expect(height).toBe(plain.height + 36 + 18)
    const isInk = (y: number) => Array.from({ length: 100 }, (_, x) => at(x + 8, y)[0]!).some((v) => v < 160)
    expect(isInk(20)).toBe(true)
    expect(isInk(36 + 8 + 96 + 10)).toBe(true)
  })

  it('refuses what it cannot show', async () => {
    await expect(contactSheet([])).rejects.toThrow('expected at least one picture')
    await expect(contactSheet([red], { columns: 0 })).rejects.toThrow('columns above 0, got 0')
    await expect(contactSheet([{ shape: [2, 4, 4], data: new Uint8Array(32) }])).rejects.toThrow(
      'expected pictures [1, H, W] or [3, H, W], got [2, 4, 4] with 32 values',
    )
  })
})
