import { readFileSync } from 'node:fs'
import type { Fit } from '../../../src/data/index.ts'

/** A picture of test/fixtures/pictures.py: interleaved bytes in base64. */
export interface StoredPicture {
  readonly width: number
  readonly height: number
  readonly pixels: string
}

interface Stored {
  readonly scale: readonly (StoredPicture & {
    readonly channels: 1 | 3
    readonly scaled: readonly (StoredPicture & { readonly fit: Fit })[]
  })[]
  /** `cover` is the picture at 24x24. */
  readonly jpegs: readonly (StoredPicture & {
    readonly name: string
    readonly file: string
    readonly cover: string
  })[]
}

/** What Pillow makes of pictures. */
export const stored = JSON.parse(
  readFileSync(new URL('../../fixtures/pictures.json', import.meta.url), 'utf8'),
) as Stored

export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))

/** From interleaved bytes to planes. */
export function planesOf(pixels: Uint8Array, channels: number): Uint8Array {
  const size = pixels.length / channels
  return Uint8Array.from(
    { length: pixels.length },
    (_, i) => pixels[(i % size) * channels + Math.floor(i / size)]!,
  )
}

/** How far apart two pictures are: the largest difference, the average one, and that with its sign. */
export function distance(a: Uint8Array, b: Uint8Array): { largest: number; average: number; bias: number } {
  if (a.length !== b.length) throw new Error(`${a.length} bytes against ${b.length}`)
  let [largest, sum, signed] = [0, 0, 0]
  a.forEach((value, i) => {
    const difference = value - b[i]!
    largest = Math.max(largest, Math.abs(difference))
    sum += Math.abs(difference)
    signed += difference
  })
  return { largest, average: sum / a.length, bias: signed / a.length }
}
