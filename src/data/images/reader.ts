import { sizeOf } from '../../core/index.ts'
import { atOnce } from '../at-once.ts'
import type { SampleReader } from '../dataset.ts'
import { decodePicture, type PictureFormat } from './decode.ts'

/** A picture: its path, or its bytes with a name for messages. */
export type Picture = string | { readonly name: string; readonly bytes: Uint8Array }

export interface PictureReaderOptions {
  readonly format: PictureFormat
  /** Decoded pictures are kept in memory if all of them take at most so many bytes (default 1 GiB); 0 keeps none. */
  readonly cache?: number
}

/** Decodes at once; what is beyond waits, so that memory stays flat however large a batch is. */
const AT_ONCE = 64

/**
 * Reads pictures when they are asked for. Decoding goes on in threads beside this one, several pictures at a time.
 * @throws when it reads: naming the picture that cannot be decoded.
 */
export function pictureReader(
  pictures: readonly Picture[],
  { format, cache = 2 ** 30 }: PictureReaderOptions,
): SampleReader {
  const size = sizeOf([format.channels, format.height, format.width])
  const kept = pictures.length * size <= cache ? new Uint8Array(pictures.length * size) : undefined
  const isKept = new Uint8Array(kept ? pictures.length : 0)

  const readOne = async (sample: number, into: Uint8Array): Promise<void> => {
    if (isKept[sample]) {
      into.set(kept!.subarray(sample * size, (sample + 1) * size))
      return
    }
    const picture = pictures[sample]!
    const pixels =
      typeof picture === 'string'
        ? await decodePicture(picture, format)
        : await decodePicture(picture.bytes, format, picture.name)
    into.set(pixels)
    if (!kept) return
    kept.set(pixels, sample * size)
    isKept[sample] = 1
  }

  return {
    dtype: 'uint8',
    read: (samples, into) =>
      atOnce(samples.length, AT_ONCE, (row) =>
        readOne(samples[row]!, into.subarray(row * size, (row + 1) * size) as Uint8Array),
      ),
  }
}
