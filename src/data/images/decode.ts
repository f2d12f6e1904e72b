import { decodeBySharp, open } from './by-sharp.ts'
import type { PictureFormat } from './picture-format.ts'
import { decoderThreads } from './threads/decoder-threads.ts'
import { undecodable } from './undecodable.ts'

export { type Fit, fits, type PictureFormat } from './picture-format.ts'

/** A picture as it lies in its file, upright. */
export interface PictureSize {
  readonly width: number
  readonly height: number
  readonly channels: number
}

/**
 * Decodes a picture (JPEG, PNG, WebP, AVIF, TIFF, the first frame of a GIF), upright as its camera says, transparent parts over
 * black unless opacity is a channel.
 *
 * Who decodes it is a matter of its kind. JPEGs that `readJpegHeader` knows, of at most 8 million pixels and 4 times the asked
 * size, are libjpeg-turbo's, by its fast cosine transform: on average 0.8 of 255 darker than by the exact one, and at
 * quality 90 at most 5 off. All else is libvips', also a JPEG that the former finds damaged: the verdict is the latter's.
 *
 * Whoever decoded it, a picture is scaled the same way, in threads: as Pillow's `BILINEAR` and torchvision's `antialias=True`
 * (see `axisOf`), within 1 of 255. But one more than 4 times as large as asked is shrunk by libvips first, a whole number of
 * times: of a JPEG it need not decode all. One with opacity that is asked for is scaled by libvips (kernel `linear`), whose
 * colors do not mix with those of transparent pixels.
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
  const planes = isJpeg(source) ? await decoderThreads.run({ file: owned(source), format }) : undefined
  return planes ?? (await decodeBySharp(source, format, name))
}

/** By its name or its first bytes. */
const isJpeg = (source: string | Uint8Array) =>
  typeof source === 'string' ? /\.jpe?g$/i.test(source) : source[0] === 0xff && source[1] === 0xd8

/** What a thread may take over: bytes of which nobody else has a part. */
const owned = (source: string | Uint8Array) => (typeof source === 'string' ? source : new Uint8Array(source))

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
