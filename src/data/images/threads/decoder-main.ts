import type { JpegHeader } from '../jpeg-header.ts'
import type { PictureFormat } from '../picture-format.ts'
import type { Placement } from '../scale/placement.ts'
import type { Pixels, Scale } from '../scale/scaler.ts'

/** Something to do for a thread. */
export type DecoderJob = {
  readonly format: PictureFormat
} & (
  | { /** A JPEG: its path or its bytes. */ readonly file: string | Uint8Array }
  | {
      /** A picture that is decoded. */ readonly pixels: Uint8Array
      readonly picture: Pixels
      readonly placement: Placement
    }
)

/** What a thread is asked, and what it answers: planes, or nothing if the file is left to another decoder. */
export interface DecoderQuestion {
  readonly id: number
  readonly job: DecoderJob
}
export interface DecoderAnswer {
  readonly id: number
  readonly planes?: Uint8Array
  /** Why it could not be done, which it always can. */
  readonly failure?: string
}

/** What we use of the library that decodes JPEGs. */
export interface JpegCodec {
  decompressSync(
    bytes: Uint8Array,
    into: Uint8Array,
    options: { readonly format: number },
  ): { readonly width: number; readonly height: number }
  readonly FORMAT_RGB: number
  readonly FORMAT_GRAY: number
}

/** What a thread has to do it with. */
export interface DecoderParts {
  readonly codec: JpegCodec
  readonly scale: Scale
  readonly readFile: (path: string) => Uint8Array | undefined
  readonly readJpegHeader: (bytes: Uint8Array) => JpegHeader | undefined
  readonly placementOf: (width: number, height: number, format: PictureFormat) => Placement | undefined
  /** The most pixels that a JPEG may have here. */
  readonly mostPixels: number
  /** The most pixels, along an axis, that become one here. */
  readonly mostScale: number
}

/**
 * Does what there is to do for a thread; undefined leaves a file to another decoder: it is of another kind, too large, or
 * this one finds something wrong with it, which the other then names.
 *
 * Threads get this function as text: it may use nothing from outside.
 */
export function makeDecoder(parts: DecoderParts): (job: DecoderJob) => Uint8Array | undefined {
  const { codec, scale, readFile, readJpegHeader, placementOf, mostPixels, mostScale } = parts

  const decode = (bytes: Uint8Array, format: PictureFormat): Uint8Array | undefined => {
    const header = readJpegHeader(bytes)
    if (!header || header.width * header.height > mostPixels) return undefined
    const { width, height, components } = header
    // What is gray of a color is a matter of taste: that of the other decoder.
    if (format.channels === 1 && components !== 1) return undefined
    const placement = placementOf(width, height, format)
    if (!placement || Math.max(placement.x.scale, placement.y.scale) > mostScale) return undefined
    const isGray = format.channels === 1
    let isRead = true
    const fill = (room: Uint8Array) => {
      try {
        const into = Buffer.from(room.buffer, room.byteOffset, room.byteLength)
        const options = { format: isGray ? codec.FORMAT_GRAY : codec.FORMAT_RGB }
        const found = codec.decompressSync(bytes, into, options)
        isRead = found.width === width && found.height === height
      } catch {
        isRead = false
      }
    }
    const planes = scale({ width, height, channels: isGray ? 1 : 3 }, placement, format, fill)
    return isRead ? planes : undefined
  }

  return (job) => {
    if ('pixels' in job) return scale(job.picture, job.placement, job.format, (room) => room.set(job.pixels))
    const bytes = typeof job.file === 'string' ? readFile(job.file) : job.file
    return bytes && decode(bytes, job.format)
  }
}
