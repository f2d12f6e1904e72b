import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wasm } from '../../../src/core/index.ts'
import type { PictureFormat } from '../../../src/data/images/picture-format.ts'
import { axisOf } from '../../../src/data/images/scale/axis.ts'
import { type AxisPlacement, placementOf } from '../../../src/data/images/scale/placement.ts'
import { planesFrom } from '../../../src/data/images/scale/planes.ts'
import { weightBits } from '../../../src/data/images/scale/row-module.ts'
import { makeScaler } from '../../../src/data/images/scale/scaler.ts'
import { decoderModules } from '../../../src/data/images/threads/decoder-code.ts'
import { bytesOf, distance, planesOf, stored } from './pictures.ts'

const { Memory, Instance } = wasm
const one = 2 ** weightBits
const scale = makeScaler({ axisOf, planesFrom, Memory, Instance, modules: decoderModules(), one })

interface Picture {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
}

const scaled = (picture: Picture, pixels: Uint8Array, format: PictureFormat) =>
  scale(picture, placementOf(picture.width, picture.height, format)!, format, (room) => room.set(pixels))

describe('scaling pictures', () => {
  it('is as Pillow does it, within 1 of 255: both round between the axes, Pillow after columns, we after rows', () => {
    const biases: number[] = []
    for (const { width, height, channels, pixels, scaled: results } of stored.scale)
      for (const result of results) {
        const format = { channels, width: result.width, height: result.height, fit: result.fit }
        const found = scaled({ width, height, channels }, bytesOf(pixels), format)
        const wanted = planesOf(bytesOf(result.pixels), channels)
        const { largest, bias } = distance(found, wanted)
        expect(largest, `${width}x${height} ${JSON.stringify(format)}`).toBeLessThanOrEqual(1)
        biases.push(bias)
      }
    expect(biases).toHaveLength(66)
    // What is rounded up and what is rounded down balance.
    const bias = biases.reduce((sum, value) => sum + value) / biases.length
    expect(Math.abs(bias)).toBeLessThan(0.02)
  })

  it('repeats gray for colors, and makes opacity full', () => {
    const pixels = Uint8Array.from([10, 20, 30, 40])
    const gray = { width: 2, height: 2, channels: 1 } as const
    expect([...scaled(gray, pixels, { channels: 3, width: 2, height: 2 })]).toEqual(
      [0, 1, 2].flatMap(() => [10, 20, 30, 40]),
    )
    expect([...scaled(gray, pixels, { channels: 4, width: 1, height: 1, fit: 'fill' })]).toEqual([
      25, 25, 25, 255,
    ])
  })

  it('leaves a picture of one color as it is, in any size and shape (300 cases)', () => {
    const side = fc.integer({ min: 1, max: 40 })
    const property = fc.property(
      ...[fc.constantFrom(1 as const, 3 as const), side, side, side, side, fc.nat(255)],
      (channels, width, height, toWidth, toHeight, value) => {
        fc.pre(width <= 4 * toWidth && height <= 4 * toHeight)
        const pixels = new Uint8Array(width * height * channels).fill(value)
        for (const fit of ['cover', 'fill'] as const) {
          const format = { channels, width: toWidth, height: toHeight, fit }
          const found = scaled({ width, height, channels }, pixels, format)
          expect(found).toEqual(new Uint8Array(toWidth * toHeight * channels).fill(value))
        }
      },
    )
    fc.assert(property, { numRuns: 300 })
  })

  it('does the same in a memory that has held a larger picture', () => {
    const [, small] = stored.scale
    const format = { channels: 3, width: 7, height: 7, fit: 'cover' } as const
    const picture = { width: small!.width, height: small!.height, channels: 3 } as const
    const first = scaled(picture, bytesOf(small!.pixels), format)
    const large = new Uint8Array(900 * 700 * 3).fill(255)
    scaled({ width: 900, height: 700, channels: 3 }, large, { ...format, width: 500, height: 400 })
    expect(scaled(picture, bytesOf(small!.pixels), format)).toEqual(first)
  })
})

describe('weights along an axis', () => {
  it('are of a triangle: between neighbors where a picture grows, an average where it shrinks', () => {
    const weights = (placement: Omit<AxisPlacement, 'before'>, size: number, taps: number) =>
      axisOf({ ...placement, size, taps, one: 16 })
    expect(weights({ from: 0, scale: 0.5, count: 4 }, 2, 4)).toEqual({
      starts: Int32Array.from([0, 0, 0, 1]),
      weights: Int16Array.from([16, 0, 0, 0, 12, 4, 0, 0, 4, 12, 0, 0, 16, 0, 0, 0]),
    })
    expect(weights({ from: 1, scale: 2, count: 1 }, 4, 4)).toEqual({
      starts: Int32Array.from([0]),
      weights: Int16Array.from([2, 6, 6, 2]),
    })
  })

  it('add up to one', () => {
    for (const scale of [0.1, 0.77, 1, 1.6, 2.3, 4]) {
      const { weights } = axisOf({ size: 80, from: 0, scale, count: Math.floor(80 / scale), taps: 8, one })
      for (let i = 0; i < weights.length; i += 8)
        expect(weights.subarray(i, i + 8).reduce((sum, weight) => sum + weight)).toBe(one)
    }
  })
})
