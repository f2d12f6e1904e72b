import { accessSync, constants } from 'node:fs'
import sharp, { type Sharp } from 'sharp'
import { GradusError } from '../../core/index.ts'
import { reasonOf } from '../files.ts'

/** What pictures become. */
export interface PictureFormat {
  /** 1 is gray, 3 is RGB, 4 is RGB and opacity. */
  readonly channels: 1 | 3 | 4
  /** Pixels. */
  readonly height: number
  readonly width: number
  /** What happens to a picture of another size; without it, that is an error. */
  readonly fit?: Fit
}

/**
 * How a picture comes to another size: `cover` scales it until it covers the new size and cuts off what is beyond, `contain`
 * scales it until it fits and leaves black bars, `fill` stretches it.
 */
export type Fit = 'cover' | 'contain' | 'fill'
export const fits: readonly Fit[] = ['cover', 'contain', 'fill']

/** The most pixels that a file may claim to have: a small file can unpack to any size. */
const PIXEL_LIMIT = 100e6

/** A picture as it lies in its file, upright. */
export interface PictureSize {
  readonly width: number
  readonly height: number
  readonly channels: number
}

/**
 * Decodes a picture (JPEG, PNG, WebP, AVIF, TIFF, the first frame of a GIF), upright as its camera says, transparent parts over
 * black unless opacity is a channel.
 * @param source a path, or the bytes of a file.
 * @param name names the picture in errors.
 * @returns planes [C, H, W] of bytes.
 * @throws if it cannot be decoded whole, has more than 100 million pixels, or is of another size and there is no `fit`.
 */
export async function decodePicture(
  source: string | Uint8Array,
  format: PictureFormat,
  name = String(source),
): Promise<Uint8Array> {
  const { channels, height, width, fit } = format
  try {
    const upright = open(source).autoOrient()
    const flat = channels === 4 ? upright.ensureAlpha() : upright.flatten()
    const sized = fit
      ? flat.resize(width, height, { fit, background: 'black', fastShrinkOnLoad: true })
      : flat
    const { data, info } = await sized
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    if (info.width !== width || info.height !== height) throw otherSize(info, format, name)
    return planes(data, info.channels, format)
  } catch (cause) {
    throw undecodable(source, name, cause)
  }
}

/** What the header of a picture says. @throws if it has none. */
export async function pictureSize(source: string | Uint8Array, name = String(source)): Promise<PictureSize> {
  try {
    const { autoOrient, channels = 3, hasAlpha } = await open(source).metadata()
    const { width, height } = autoOrient
    return { width, height, channels: hasAlpha ? channels - 1 : channels }
  } catch (cause) {
    throw undecodable(source, name, cause)
  }
}

// Pictures are decoded several at a time, each by one thread.
sharp.concurrency(1)
sharp.cache(false)

const open = (source: string | Uint8Array): Sharp =>
  sharp(source, { limitInputPixels: PIXEL_LIMIT, failOn: 'error', pages: 1, sequentialRead: true })

function otherSize(
  found: { readonly width: number; readonly height: number },
  { width, height }: PictureFormat,
  name: string,
): GradusError {
  return new GradusError(
    `${name}: expected a picture of ${width}x${height}, the size of the first, found ${found.width}x${found.height}`,
    ['say what all should become: { size: 64, fit: "cover" } (or "contain", or "fill")'],
  )
}

function undecodable(source: string | Uint8Array, name: string, cause: unknown): GradusError {
  if (cause instanceof GradusError) return cause
  const unreadable = typeof source === 'string' ? whyUnreadable(source) : undefined
  if (unreadable) return new GradusError(`${name}: expected a picture, ${unreadable}`, [], { cause })
  const reason = cause instanceof Error ? cause.message : String(cause)
  // The decoder says the same again and again.
  const [first = ''] = reason.split('\n')
  if (/pixel limit/i.test(first)) {
    const limit = `${PIXEL_LIMIT / 1e6} million pixels`
    return new GradusError(`${name}: expected a picture of at most ${limit}, found a larger one`, [
      'make it smaller, or leave it out',
    ])
  }
  return new GradusError(`${name}: expected a picture, found a file that cannot be decoded`, [first], {
    cause,
  })
}

/** The decoder calls what it may not open damaged. */
function whyUnreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK)
    return undefined
  } catch (cause) {
    return reasonOf(cause)
  }
}

/** From interleaved bytes [H, W, channels found] to planes [C, H, W]. */
function planes(bytes: Uint8Array, found: number, { channels, height, width }: PictureFormat): Uint8Array {
  if (channels === 1 && found === 1) return bytes
  const size = height * width
  const out = new Uint8Array(channels * size)
  for (let c = 0; c < channels; c++) {
    // A decoder may leave gray pictures at one channel.
    let from = Math.min(c, found - 1)
    for (let to = c * size, end = to + size; to < end; to++, from += found) out[to] = bytes[from]!
  }
  return out
}
