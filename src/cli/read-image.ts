import { decodePicture, type Fit, pictureSize } from '../data/index.ts'
import type { ImageFormat } from './classifier.ts'

/** Pixels for a model. */
export interface ImagePixels {
  /** `[channels, height, width]`, in the model's range. */
  readonly pixels: Float32Array
  /** What was done to the image besides decoding it, for the person; undefined if nothing. */
  readonly notice: string | undefined
}

/**
 * Reads an image file for a model: gray or RGB as the model has it, transparent pixels over black. One of another size is
 * brought to the model's as the training pictures were, or stretched if they all had that size.
 * @throws if the file is missing, or is no image that can be decoded.
 */
export async function readImage(path: string, format: ImageFormat): Promise<ImagePixels> {
  const { height, width, fit = 'fill', range } = format
  const size = await pictureSize(path)
  const bytes = await decodePicture(path, { ...format, fit })
  const fits = size.width === width && size.height === height
  return {
    pixels: inRange(bytes, range),
    notice: fits
      ? undefined
      : `${path}: ${done[fit]} from ${size.width}x${size.height} to ${width}x${height}`,
  }
}

const done: Readonly<Record<Fit, string>> = {
  cover: 'scaled and cut',
  contain: 'scaled and padded',
  fill: 'resized',
}

/** From bytes to the model's range. */
const inRange = (bytes: Uint8Array, [low, high]: ImageFormat['range']): Float32Array =>
  Float32Array.from(bytes, (byte) => low + (byte / 255) * (high - low))
