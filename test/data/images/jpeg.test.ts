import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it, onTestFinished } from 'vitest'
import { decodePicture } from '../../../src/data/images/decode.ts'
import { readJpegHeader } from '../../../src/data/images/jpeg-header.ts'
import { damaged } from '../readers/damage.ts'
import { bytesOf, distance, planesOf, stored } from './pictures.ts'

const jpeg = (name: string) => stored.jpegs.find((file) => file.name === name)!
const file = (name: string) => bytesOf(jpeg(name).file)
const cover = { height: 24, width: 24, fit: 'cover' } as const

/** Soft shapes, as a JPEG or a PNG. */
async function shapes(width: number, height: number): Promise<{ jpeg: Buffer; png: Buffer }> {
  const coarse = Uint8Array.from({ length: 7 * 5 * 3 }, (_, i) => (i * 89) % 256)
  const soft = await sharp(coarse, { raw: { width: 7, height: 5, channels: 3 } })
    .resize(width, height, { kernel: 'cubic', fit: 'fill' })
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer()
  return { jpeg: soft, png: await sharp(soft).png().toBuffer() }
}

describe('JPEGs', () => {
  // libjpeg-turbo is asked for its fast cosine transform, which rounds down: 0.5 of 255 in gray, 0.8 in color, and the more is
  // off the finer a file is quantized ("fine" is of quality 97). libvips asks for the exact one, as Pillow does.
  const byKind: Record<string, { largest: number; average: number }> = {
    fine: { largest: 10, average: 2 },
    gray: { largest: 2, average: 0.6 },
    turned: { largest: 0, average: 0 },
  }
  const comparable = stored.jpegs.map(({ name }) => name).filter((name) => name !== 'cmyk')

  it.each(comparable)('are decoded as by Pillow: %s', async (name) => {
    const { width, height, pixels, cover: small } = jpeg(name)
    const channels = name === 'gray' ? 1 : 3
    const tolerance = byKind[name] ?? { largest: 5, average: 1.1 }
    const whole = await decodePicture(file(name), { channels, width, height })
    const decoded = distance(whole, planesOf(bytesOf(pixels), channels))
    expect(decoded.largest).toBeLessThanOrEqual(tolerance.largest)
    expect(decoded.average).toBeLessThanOrEqual(tolerance.average)
    expect(decoded.bias).toBeGreaterThan(-0.9)
    expect(decoded.bias).toBeLessThanOrEqual(0)
    const scaled = await decodePicture(file(name), { channels, ...cover })
    // Scaling is within 1 of Pillow's.
    expect(distance(scaled, planesOf(bytesOf(small), channels)).largest).toBeLessThanOrEqual(
      tolerance.largest + 1,
    )
  })

  it('of four inks have the colors that libvips gives them', async () => {
    const png = await sharp(file('cmyk')).toColourspace('srgb').png().toBuffer()
    const format = { channels: 3, ...cover } as const
    expect(await decodePicture(file('cmyk'), format)).toEqual(await decodePicture(png, format))
  })

  it('are turned and scaled whoever decodes them', () => {
    const kinds = stored.jpegs.map(({ name }) => [name, readJpegHeader(file(name)) !== undefined])
    expect(Object.fromEntries(kinds)).toEqual({
      ...{ plain: true, fine: true, progressive: true, upright: true, gray: true },
      ...{ turned: false, cmyk: false },
    })
  })

  it('give gray, color and opacity as asked', async () => {
    const gray = await decodePicture(file('gray'), { channels: 1, ...cover })
    const [three, four] = [
      await decodePicture(file('gray'), { channels: 3, ...cover }),
      await decodePicture(file('gray'), { channels: 4, ...cover }),
    ]
    expect([...three]).toEqual([...gray, ...gray, ...gray])
    expect([...four]).toEqual([...three, ...new Uint8Array(576).fill(255)])
    const color = await decodePicture(file('plain'), { channels: 1, ...cover })
    const png = await sharp(file('plain')).png().toBuffer()
    expect(distance(color, await decodePicture(png, { channels: 1, ...cover })).largest).toBeLessThanOrEqual(
      1,
    )
  })

  it('keep the colors of their profile', async () => {
    const plain = await shapes(40, 30)
    const encoding = { quality: 98, chromaSubsampling: '4:4:4' }
    const wide = await sharp(plain.jpeg).withIccProfile('p3').jpeg(encoding).toBuffer()
    expect(readJpegHeader(wide)).toBeUndefined()
    const format = { channels: 3, ...cover } as const
    const [found, wanted] = [await decodePicture(wide, format), await decodePicture(plain.png, format)]
    expect(distance(found, wanted).average).toBeLessThan(1.5)
    const ignored = await sharp(await sharp(wide, { ignoreIcc: true }).png().toBuffer(), { ignoreIcc: true })
      .png()
      .toBuffer()
    expect(distance(await decodePicture(ignored, format), wanted).average).toBeGreaterThan(5)
  })

  it.each([
    [100, 75],
    [290, 200],
    [700, 500],
    [60, 900],
    [900, 61],
  ])('look the same as other files of the same pixels, %ix%i', async (width, height) => {
    const { jpeg, png } = await shapes(width, height)
    for (const fit of ['cover', 'contain', 'fill'] as const) {
      const format = { channels: 3, width: 48, height: 40, fit } as const
      const [one, other] = [await decodePicture(jpeg, format), await decodePicture(png, format)]
      // The fast cosine transform, at quality 95; beyond 4 times the size, also what libvips makes of a JPEG's eighths.
      const isLarge = Math.max(width / 48, height / 40) > 4
      if (!isLarge) expect(distance(one, other).largest).toBeLessThanOrEqual(8)
      expect(distance(one, other).average).toBeLessThan(2.5)
      // What is shrunk first loses nothing that shows, and does not move.
      const all = await sharp(png).raw().toBuffer()
      expect(distance(one, averaged(all, width, height, format)).average).toBeLessThan(2.5)
    }
  })

  it('are the same in any order, and many at a time', async () => {
    const format = { channels: 3, ...cover } as const
    const names = Array.from({ length: 60 }, (_, i) => stored.jpegs[i % stored.jpegs.length]!.name)
    const together = await Promise.all(names.map((name) => decodePicture(file(name), format)))
    for (const [i, name] of names.slice(0, 7).entries()) {
      const alone = await decodePicture(file(name), format)
      for (let k = i; k < names.length; k += 7) expect(together[k]).toEqual(alone)
    }
  })

  it('may lie in a part of other bytes, which stay', async () => {
    const [bytes, format] = [file('plain'), { channels: 3, ...cover } as const]
    const room = new Uint8Array(bytes.length + 20)
    room.set(bytes, 7)
    const found = await decodePicture(room.subarray(7, 7 + bytes.length), format)
    expect(found).toEqual(await decodePicture(bytes, format))
    expect(room.subarray(7, 7 + bytes.length)).toEqual(bytes)
  })
})

describe('damaged JPEGs', () => {
  const format = { channels: 3, ...cover } as const

  it('are refused by name: cut off, empty, other files, folders, nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gradus-jpeg-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const path = join(folder, 'cut.jpg')
    const whole = file('plain')
    await writeFile(path, whole)
    expect(await decodePicture(path, format)).toEqual(await decodePicture(whole, format))
    for (const length of [whole.length - 300, 200, 3, 0]) {
      await truncate(path, length)
      await expect(decodePicture(path, format)).rejects.toThrow(/cut\.jpg: expected a picture, found/)
    }
    await expect(decodePicture(join(folder, 'none.jpg'), format)).rejects.toThrow('found nothing')
    await expect(decodePicture(`${folder}/x.jpg/y.jpg`, format)).rejects.toThrow('expected a picture')
    await writeFile(path, await sharp(whole).png().toBuffer())
    expect((await decodePicture(path, format)).length).toBe(1728)
  })

  it('that claim to be huge are refused before there is memory for them', async () => {
    const bomb = file('plain')
    const frame = bomb.findIndex((byte, i) => byte === 0xff && bomb[i + 1] === 0xc0)
    bomb.set([0xea, 0x60, 0xea, 0x60], frame + 5) // 60000 x 60000
    expect(readJpegHeader(bomb)).toMatchObject({ width: 60000, height: 60000 })
    await expect(decodePicture(bomb, format, 'bomb.jpg')).rejects.toThrow(
      'bomb.jpg: expected a picture of at most 100 million pixels, found a larger one',
    )
  })

  it('of another size are refused if nothing is said about that', async () => {
    await expect(decodePicture(file('plain'), { channels: 3, height: 8, width: 8 }, 'x.jpg')).rejects.toThrow(
      'x.jpg: expected a picture of 8x8, the size of the first, found 72x54',
    )
  })

  it('are decoded or refused by name, never anything else (300 files)', async () => {
    const files = fc
      .constantFrom(...stored.jpegs.map(({ name }) => name))
      .chain((name) => damaged(file(name)))
    const property = fc.asyncProperty(files, async (bytes) => {
      readJpegHeader(bytes)
      try {
        expect((await decodePicture(bytes, format, 'it.jpg')).length).toBe(1728)
      } catch (error) {
        expect((error as Error).name).toBe('GradusError')
        expect((error as Error).message).toMatch(/^it\.jpg: expected a picture/)
      }
    })
    await fc.assert(property, { numRuns: 300 })
  })
})

interface Box {
  readonly width: number
  readonly height: number
  readonly fit: 'cover' | 'contain' | 'fill'
}

/** Interleaved RGB scaled by the definition, in floating point: each pixel an average, by a triangle, of those it covers. */
function averaged(pixels: Uint8Array, width: number, height: number, { fit, ...to }: Box): Uint8Array {
  const [x, y] = [width / to.width, height / to.height]
  const common = fit === 'cover' ? Math.min(x, y) : fit === 'contain' ? Math.max(x, y) : undefined
  const axis = (size: number, room: number) => {
    const count = fit === 'contain' ? Math.round(size / common!) : room
    const scale = fit === 'cover' ? common! : size / count
    const from = (size - count * scale) / 2
    const weights = Array.from({ length: count }, (_, i) => {
      const center = from + (i + 0.5) * scale
      const reach = Math.max(scale, 1)
      return Array.from({ length: size }, (_, k) => Math.max(0, 1 - Math.abs(k + 0.5 - center) / reach))
    })
    return { before: (room - count) >> 1, weights }
  }
  const [across, down] = [axis(width, to.width), axis(height, to.height)]
  const out = new Uint8Array(3 * to.width * to.height)
  const columns = across.weights.map((weights) => [...weights.entries()].filter(([, weight]) => weight > 0))
  for (const [row, rowWeights] of down.weights.entries()) {
    const rows = [...rowWeights.entries()].filter(([, weight]) => weight > 0)
    for (const [column, used] of columns.entries())
      for (let c = 0; c < 3; c++) {
        let [sum, total] = [0, 0]
        for (const [j, b] of rows)
          for (const [i, a] of used) {
            sum += a * b * pixels[(j * width + i) * 3 + c]!
            total += a * b
          }
        out[(c * to.height + row + down.before) * to.width + column + across.before] = Math.round(sum / total)
      }
  }
  return out
}
