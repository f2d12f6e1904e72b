import { existsSync } from 'node:fs'
import sharp from 'sharp'
import { ensure, GradusError } from '../core/index.ts'
import type { ImageFormat } from './classifier.ts'

/** Pixels for a model. */
export interface ImagePixels {
  /** `[channels, height, width]`, in the model's range. */
  readonly pixels: Float32Array
  /** What was done to the image besides decoding it, for the person; undefined if nothing. */
  readonly notice: string | undefined
}

/**
 * Reads an image file for a model: gray or RGB as the model has it, transparent pixels over black, stretched to the model's
 * size if it has another.
 * @throws if the file is missing, or is no image that can be decoded.
 */
export async function readImage(path: string, format: ImageFormat): Promise<ImagePixels> {
  ensure(existsSync(path), `${path}: expected an image file, found nothing`)
  const { channels, height, width } = format
  try {
    const image = sharp(path).autoOrient()
    const { autoOrient: size } = await image.metadata()
    const bytes = await image
      .flatten()
      .resize(width, height, { fit: 'fill' })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer()
    const fits = size.width === width && size.height === height
    return {
      pixels: planes(bytes, format),
      notice: fits ? undefined : `${path}: resized from ${size.width}x${size.height} to ${width}x${height}`,
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    // The decoder says the same again and again.
    const [first = ''] = reason.split('\n')
    throw new GradusError(`${path}: expected an image, found a file that cannot be decoded`, [first], {
      cause,
    })
  }
}

/** From interleaved bytes [H, W, C] to planes [C, H, W] in the model's range. */
function planes(
  bytes: Uint8Array,
  { channels, height, width, range: [low, high] }: ImageFormat,
): Float32Array {
  const size = height * width
  const pixels = new Float32Array(channels * size)
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < size; i++)
      pixels[c * size + i] = low + (bytes[i * channels + c]! / 255) * (high - low)
  }
  return pixels
}
