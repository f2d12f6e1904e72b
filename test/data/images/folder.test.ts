import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { decodePicture } from '../../../src/data/images/decode.ts'
import { chunksOf, folder } from '../../../src/data/index.ts'
import { attempt, damaged } from '../readers/damage.ts'
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

  it.each([
    ['path;breed\n\n"red/0.png";a;b', 'line 3: expected 2 fields, as many as the header names, found 3'],
    ['path,label\nred/0.png,a\n./red/0.png,b', 'found "./red/0.png" again, which is in line 2'],
    ['path,label\n"red/0.png,a', 'line 2: expected a quoted field to end'],
    ['path,label\nred,a', 'line 2: no picture "red"'],
    [`path,label\n${'x'.repeat(5000)},a`, 'line 2: no picture "xxx'],
    ['path,label\nred/0.png,', 'line 2: expected a path and a label, found "red/0.png,"'],
    ['path,label', 'expected lines of paths and labels, found none'],
    ['path,x,y\nred/0.png,1,2', 'expected a column "label", found path, x, y'],
  ])('names the line of a table that is wrong: %j', async (table, message) => {
    const root = await folderOf({ ...(await redAndBlue(2)), 'labels.csv': table })
    await expect(folder(root, { labels: 'labels.csv' })).rejects.toThrow(message)
  })

  it('advises endings to paths that lack them', async () => {
    const root = await folderOf({ ...(await redAndBlue(2)), 'labels.csv': 'id,breed\nred/0,a' })
    await expect(folder(root, { labels: 'labels.csv' })).rejects.toMatchObject({
      notes: ['paths need their ending: there is one with .png'],
    })
  })

  it('follows links, but not in a circle', async () => {
    const root = await folderOf(await redAndBlue(3))
    const elsewhere = await folderOf({ '1.png': await plain([0, 9, 0]), '2.png': await plain([0, 8, 0]) })
    await symlink(elsewhere, join(root, 'green'))
    await symlink(root, join(root, 'red', 'circle'))
    await symlink(join(root, 'red'), join(root, 'red', 'circle too'))
    const set = await folder(root)
    expect([set.classes, set.train.count + set.test.count]).toEqual([['blue', 'green', 'red'], 8])
  })

  it('tells what is in the folder and not used', async () => {
    const pictures = await redAndBlue(2)
    const root = await folderOf({
      ...pictures,
      '1.png': '',
      'red/1.bmp': '',
      'red/2.BMP': '',
      'blue/LICENSE': '',
    })
    expect((await folder(root)).notices).toEqual([
      '1 picture lies beside the folders of the classes and was left out',
      '3 files are no pictures that can be read and were left out: 2 .bmp, 1 without an ending',
    ])
    const sides = { ...(await redAndBlue(2, 'train/')), ...(await redAndBlue(1, 'val/')), 'test/x': '' }
    const both = await folderOf({ ...sides, ...(await redAndBlue(1, 'test/')) })
    expect((await folder(both)).notices).toEqual([
      `${join(both, 'val')} is not used: what is validated on is set apart from train`,
    ])
  })

  it('sees that the classes lie one folder deeper', async () => {
    const root = await folderOf(await redAndBlue(2, 'photos/'))
    await expect(folder(root)).rejects.toMatchObject({
      notes: [`there are 2 folders of pictures in ${join(root, 'photos')}: point at that one`],
    })
  })

  it('chooses a size for pictures of several, and has one for those that it has not seen', async () => {
    const large = await plain([9, 9, 9], { width: 70, height: 50 })
    const several = await folderOf({ ...(await redAndBlue(1)), 'red/a.png': large, 'blue/a.png': large })
    const set = await folder(several, { size: 'auto' })
    expect([set.inputShape, set.fit]).toEqual([[3, 48, 48], 'cover'])
    expect(set.notices).toEqual([
      'the pictures are of several sizes, 8 to 70 pixels wide and 8 to 50 high: all become 48x48 (cover)',
    ])
    const alike = await folderOf(await redAndBlue(2))
    const one = await folder(alike, { size: 'auto' })
    expect([one.inputShape, one.fit, one.notices]).toEqual([[3, 8, 8], 'cover', []])
    expect(await pixelsOf(one.train)).toEqual(await pixelsOf((await folder(alike)).train))
  })

  it('names a class with a single picture', async () => {
    const root = await folderOf({ ...(await redAndBlue(3)), 'green/1.png': await plain([1, 1, 1]) })
    await expect(folder(root)).rejects.toThrow('class "green" has one sample, expected at least 2')
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
      '1 file is no picture that can be read and was left out: 1 .txt',
      `2 of the pictures cannot be decoded and were left out: ${join(root, 'red/cut.jpg')}, ${join(root, 'red/text.png')}`,
    ])
    await expect(folder(root, { size: 8 })).rejects.toThrow(
      /red\/(text.png|cut.jpg): expected a picture, found a file that cannot be decoded/,
    )
  })

  it('says why a picture cannot be opened', async () => {
    const root = await folderOf({ '1.png': await plain([1, 2, 3]) })
    const read = (name: string) => decodePicture(join(root, name), { channels: 3, height: 8, width: 8 })
    await expect(read('2.png')).rejects.toThrow('2.png: expected a picture, found nothing')
    await chmod(join(root, '1.png'), 0)
    const isRoot = process.getuid?.() === 0 // who may read everything
    if (isRoot) expect(await read('1.png')).toHaveLength(192)
    else
      await expect(read('1.png')).rejects.toThrow('1.png: expected a picture, found one that may not be read')
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

describe('damaged tables of paths', () => {
  it('are read or refused by name, never anything else (150 files)', async () => {
    const root = await folderOf(await redAndBlue(2))
    const lines = ['"red/0.png",a', 'red/1.png,"a"', 'blue/0.png,b', 'blue/1.png,b']
    const table = new TextEncoder().encode(['path,label', ...lines].join('\r\n'))
    const property = fc.asyncProperty(damaged(table), async (bytes) => {
      await writeFile(join(root, 'labels.csv'), bytes)
      const set = await attempt(() => folder(root, { labels: 'labels.csv' }))
      if (set) expect(set.train.count + set.test.count).toBeLessThanOrEqual(4)
    })
    await fc.assert(property, { numRuns: 150 })
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
