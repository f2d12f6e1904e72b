import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { decodePicture } from '../../../src/data/images/decode.ts'
import { chunksOf, folder } from '../../../src/data/index.ts'
import { folderOf, plain, redAndBlue } from './support.ts'

async function pixelsOf(split: Parameters<typeof chunksOf>[0]): Promise<number[]> {
  const all: number[] = []
  for await (const { inputs } of chunksOf(split)) all.push(...inputs)
  return all
}

describe('folder', () => {
  it('takes a class from each folder, and sets a part apart to test on', async () => {
    const root = await folderOf(await redAndBlue(10))
    const set = await folder(root)
    expect(set).toMatchObject({
      task: 'classification',
      classes: ['blue', 'red'],
      inputShape: [3, 8, 8],
      inputRange: [0, 255],
    })
    expect([set.train.count, set.test.count]).toEqual([16, 4])
    for (const split of [set.train, set.test]) {
      const pixels = await pixelsOf(split)
      split.labels.forEach((label, i) => {
        const picture = pixels.slice(i * 192, (i + 1) * 192)
        const [plane, dark] = label === 1 ? [0, 2] : [2, 0]
        expect(picture[plane * 64]).toBeGreaterThanOrEqual(200)
        expect(picture[dark * 64]).toBe(0)
      })
    }
  })

  it('takes train and test (or val) from folders of these names', async () => {
    for (const name of ['test', 'val']) {
      const root = await folderOf({
        ...(await redAndBlue(3, 'train/')),
        ...(await redAndBlue(2, `${name}/`)),
      })
      const set = await folder(root)
      expect([set.train.count, set.test.count, set.classes]).toEqual([6, 4, ['blue', 'red']])
    }
  })

  it('takes labels from a table', async () => {
    const files = await redAndBlue(5)
    const rows = Object.keys(files).map((path) => `"${path}",${path.startsWith('red') ? 'warm' : 'cold'}`)
    const root = await folderOf({ ...files, 'labels.csv': ['File,Label', ...rows].join('\r\n') })
    const set = await folder(root, { labels: 'labels.csv' })
    expect([set.classes, set.train.count + set.test.count]).toEqual([['cold', 'warm'], 10])
    const broken = await folderOf({ ...files, 'labels.csv': 'path,label\nred/0.png,a\nred/99.png,b' })
    await expect(folder(broken, { labels: 'labels.csv' })).rejects.toThrow(
      'labels.csv, line 3: no picture "red/99.png"',
    )
    const unnamed = await folderOf({ ...files, 'labels.csv': 'a,b\n1,2' })
    await expect(folder(unnamed, { labels: 'labels.csv' })).rejects.toThrow(
      'expected a column "path", found a, b',
    )
  })

  it.each(['jpeg', 'webp', 'avif', 'gif'] as const)('reads %s', async (format) => {
    const [r, g, b] = await decodePicture(await plain([250, 10, 120], { format }), {
      channels: 3,
      height: 8,
      width: 8,
    }).then((pixels) => [pixels[0]!, pixels[64]!, pixels[128]!])
    for (const [found, wanted] of [
      [r!, 250],
      [g!, 10],
      [b!, 120],
    ] as const)
      expect(Math.abs(found - wanted)).toBeLessThan(12)
  })

  it('turns pictures as the camera says', async () => {
    const halves = Uint8Array.from({ length: 4 * 2 * 3 }, (_, i) => (i % 12 < 6 ? 255 : 0))
    const turned = await sharp(halves, { raw: { width: 4, height: 2, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer()
    const pixels = await decodePicture(turned, { channels: 1, height: 4, width: 2 })
    expect([...pixels]).toEqual([255, 255, 255, 255, 0, 0, 0, 0])
  })

  it('gives gray, color and opacity as asked', async () => {
    const half = await sharp({
      create: { width: 2, height: 1, channels: 4, background: { r: 200, g: 100, b: 0, alpha: 0.5 } },
    })
      .png()
      .toBuffer()
    const size = { height: 1, width: 2 }
    expect([...(await decodePicture(half, { channels: 4, ...size }))]).toEqual([
      200, 200, 100, 100, 0, 0, 128, 128,
    ])
    const [red] = await decodePicture(half, { channels: 3, ...size })
    expect(Math.abs(red! - 100)).toBeLessThan(2) // over black
    const gray = await sharp(Uint8Array.from([7, 9]), { raw: { width: 2, height: 1, channels: 1 } })
      .png()
      .toBuffer()
    expect([...(await decodePicture(gray, { channels: 3, ...size }))]).toEqual([7, 9, 7, 9, 7, 9])
  })

  it('wants to be told what to do with several sizes', async () => {
    const root = await folderOf({
      ...(await redAndBlue(3)),
      'red/large.png': await plain([9, 9, 9], { width: 20, height: 10 }),
    })
    await expect(folder(root)).rejects.toThrow('expected pictures of one size, found 8x8 and 20x10')
    for (const fit of ['cover', 'contain', 'fill'] as const) {
      const set = await folder(root, { size: [6, 6], fit })
      expect(set.inputShape).toEqual([3, 6, 6])
      expect((await pixelsOf(set.train)).length).toBe(set.train.count * 108)
    }
  })

  it('stops at a picture that cannot be decoded, or leaves it out', async () => {
    const whole = await plain([1, 2, 3], { format: 'jpeg', width: 64, height: 64 })
    const files = {
      ...(await redAndBlue(6)),
      'red/cut.jpg': whole.subarray(0, whole.length - 200),
      'red/text.png': 'no picture',
      'red/notes.txt': '',
    }
    const root = await folderOf(files)
    const set = await folder(root, { size: 8, onBad: 'skip' })
    expect(set.train.count + set.test.count).toBe(12)
    expect(set.notices).toEqual([
      '1 file is no picture and was left out',
      `2 of the pictures cannot be decoded and were left out: ${join(root, 'red/cut.jpg')}, ${join(root, 'red/text.png')}`,
    ])
    await expect(folder(root, { size: 8 })).rejects.toThrow(
      /red\/(text.png|cut.jpg): expected a picture, found a file that cannot be decoded/,
    )
  })

  it('refuses pictures that unpack to too much', async () => {
    const black = { width: 10001, height: 10000, channels: 1 as const }
    const bomb = await sharp(Buffer.alloc(black.width * black.height), {
      raw: black,
      limitInputPixels: false,
    })
      .png({ compressionLevel: 1 })
      .toBuffer()
    await expect(
      decodePicture(bomb, { channels: 3, height: 8, width: 8, fit: 'cover' }, 'bomb.png'),
    ).rejects.toThrow('bomb.png: expected a picture of at most 100 million pixels, found a larger one')
  })

  it('says what is wrong with a folder', async () => {
    const one = await folderOf({ 'red/1.png': await plain([1, 1, 1]) })
    await expect(folder(one)).rejects.toThrow('expected at least two classes, found one: red')
    const empty = await folderOf(await redAndBlue(2))
    await mkdir(join(empty, 'green'))
    await expect(folder(empty)).rejects.toThrow('expected pictures of the class "green", found none')
    await expect(folder(join(one, 'nowhere'))).rejects.toThrow(
      'expected a folder that can be read, found nothing',
    )
    await expect(folder(await folderOf({ '1.png': await plain([1, 1, 1]) }))).rejects.toThrow(
      'found no folder in it',
    )
    await expect(folder(one, { size: 0 })).rejects.toThrow('expected a size of whole pixels above 0, got 0')
    await expect(folder(one, { sizes: 3 } as never)).rejects.toThrow('did you mean "size"')
    const sides = await folderOf({
      ...(await redAndBlue(2, 'train/')),
      'test/red/1.png': await plain([1, 1, 1]),
    })
    await expect(folder(sides)).rejects.toThrow('"blue" is on one side only')
  })

  it('keeps what it decoded only if all fits', async () => {
    const root = await folderOf(await redAndBlue(10))
    for (const cache of [0, 1e6]) {
      const set = await folder(root, { cache })
      const first = await pixelsOf(set.train)
      expect(await pixelsOf(set.train)).toEqual(first)
    }
  })
})

describe('damaged pictures', () => {
  it('are decoded or refused by name, never anything else (200 cases)', async () => {
    const files = await Promise.all(
      (['png', 'jpeg', 'webp', 'gif'] as const).map((format) =>
        plain([90, 120, 200], { format, width: 16, height: 16 }),
      ),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
        fc.nat(),
        async (file, edits, cut) => {
          const bytes = Uint8Array.from(file)
          for (const [at, value] of edits) bytes[at % bytes.length] = value
          const damaged = cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes
          try {
            const pixels = await decodePicture(damaged, { channels: 3, height: 16, width: 16 }, 'it.png')
            expect(pixels.length).toBe(768)
          } catch (error) {
            expect((error as Error).name).toBe('GradusError')
            expect((error as Error).message).toMatch(/^it\.png: expected a picture/)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})
