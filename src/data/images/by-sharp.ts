import sharp, { type Sharp } from 'sharp'
import type { PictureFormat } from './picture-format.ts'
import { type AxisPlacement, type Placement, placementOf } from './scale/placement.ts'
import { mostScale } from './threads/decoder-code.ts'
import { decoderThreads } from './threads/decoder-threads.ts'
import { otherSize, PIXEL_LIMIT, undecodable } from './undecodable.ts'

// Pictures are decoded several at a time, each by one thread.
sharp.concurrency(1)
sharp.cache(false)

/** A picture that libvips reads, not yet decoded. */
export const open = (source: string | Uint8Array): Sharp =>
  sharp(source, { limitInputPixels: PIXEL_LIMIT, failOn: 'error', pages: 1, sequentialRead: true })

/** Decodes a picture of any kind by libvips, for `decodePicture`. */
export async function decodeBySharp(
  source: string | Uint8Array,
  format: PictureFormat,
  name: string,
): Promise<Uint8Array> {
  const { width, height, channels, fit } = format
  const isAsked = (size: Size) => size.width === width && size.height === height
  try {
    const picture = open(source).autoOrient()
    if (fit === undefined) {
      const whole = await pixelsOf(picture, channels)
      if (!isAsked(whole.info)) throw otherSize(whole.info, format, name)
      return planes(whole, channels)
    }
    const { autoOrient: size, hasAlpha } = await picture.metadata()
    if (isAsked(size)) return planes(await pixelsOf(picture, channels), channels)
    const placement = placementOf(size.width, size.height, format)!
    if (channels < 4 || !hasAlpha) return await scaled(picture, size, placement, format)
    const sized = picture.resize(width, height, { fit, background: 'black', kernel: 'linear' })
    return planes(await pixelsOf(sized, channels), channels)
  } catch (cause) {
    throw undecodable(source, name, cause)
  }
}

/** Decodes the part of a picture that is used, shrunk if it is much too large, and has a thread scale it. */
async function scaled(
  picture: Sharp,
  size: Size,
  { x, y }: Placement,
  format: PictureFormat,
): Promise<Uint8Array> {
  const [across, down] = [partOf(size.width, x), partOf(size.height, y)]
  if (across.shrunk < size.width || down.shrunk < size.height)
    picture.resize(across.shrunk, down.shrunk, { fit: 'fill', kernel: 'linear' })
  picture.extract({ left: across.start, top: down.start, width: across.length, height: down.length })
  const { data, info } = await pixelsOf(picture, format.channels === 1 ? 1 : 3)
  const { width, height, channels } = info
  const job = {
    ...{ format, pixels: new Uint8Array(data) },
    picture: { width, height, channels: channels as 1 | 3 },
    placement: { x: across.placement, y: down.placement },
  }
  return (await decoderThreads.run(job))!
}

interface Size {
  readonly width: number
  readonly height: number
}

/** Along an axis: what to shrink a picture to, a whole number of times, and which pixels of that are used. */
function partOf(size: number, { from, scale, count, before }: AxisPlacement) {
  const shrunk = scale > mostScale ? Math.ceil(size / Math.floor(scale)) : size
  const ratio = shrunk / size
  const [first, each] = [from * ratio, scale * ratio]
  const reach = Math.max(each, 1) + 1
  const start = Math.max(0, Math.floor(first - reach))
  const end = Math.min(shrunk, Math.ceil(first + count * each + reach))
  return {
    shrunk,
    start,
    length: end - start,
    placement: { from: first - start, scale: each, count, before },
  }
}

interface Decoded {
  readonly data: Uint8Array
  readonly info: { readonly width: number; readonly height: number; readonly channels: number }
}

/** Interleaved bytes. */
function pixelsOf(picture: Sharp, channels: 1 | 3 | 4): Promise<Decoded> {
  const flat = channels === 4 ? picture.ensureAlpha() : picture.flatten()
  return flat
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
}

/** From interleaved bytes [H, W, channels found] to planes [C, H, W]. */
function planes({ data, info }: Decoded, channels: number): Uint8Array {
  const found = info.channels
  if (channels === 1 && found === 1) return data
  const size = info.height * info.width
  const out = new Uint8Array(channels * size)
  for (let c = 0; c < channels; c++) {
    // A decoder may leave gray pictures at one channel.
    let from = Math.min(c, found - 1)
    for (let to = c * size, end = to + size; to < end; to++, from += found) out[to] = data[from]!
  }
  return out
}
