import { checkLabels, type MemorySplit, makeSplit } from '../dataset.ts'
import type { FileBytes } from '../files.ts'

/** Red, green and blue planes of 32 x 32. */
const SHAPE = [3, 32, 32]
export const CIFAR_PIXELS = 3 * 32 * 32

/** Photographs of a file, [count, 3, 32, 32] bytes, and their classes. */
export interface CifarBatch {
  readonly path: string
  readonly pixels: Uint8Array
  readonly labels: Int32Array
}

/** The photographs of several files, as one split. @throws if a label is not one of 0 .. classes - 1. */
export function joinBatches(
  batches: readonly CifarBatch[],
  classes: number,
  where: string,
): MemorySplit<Int32Array> {
  const total = batches.reduce((sum, { labels }) => sum + labels.length, 0)
  const pixels = new Uint8Array(total * CIFAR_PIXELS)
  const labels = new Int32Array(total)
  let at = 0
  for (const batch of batches) {
    checkLabels(batch.labels, classes, batch.path)
    pixels.set(batch.pixels, at * CIFAR_PIXELS)
    labels.set(batch.labels, at)
    at += batch.labels.length
  }
  return makeSplit(pixels, labels, SHAPE, where)
}

/**
 * Takes the records of a file of the binary version apart: label bytes, then pixels.
 * @param labels how many label bytes there are; `label` is the one that counts.
 */
export function parseRecords({ path, bytes }: FileBytes, { labels = 1, label = 0 } = {}): CifarBatch {
  const record = labels + CIFAR_PIXELS
  const count = bytes.length / record
  const pixels = new Uint8Array(count * CIFAR_PIXELS)
  const classes = new Int32Array(count)
  for (let i = 0; i < count; i++) {
    classes[i] = bytes[i * record + label]!
    pixels.set(bytes.subarray(i * record + labels, (i + 1) * record), i * CIFAR_PIXELS)
  }
  return { path, pixels, labels: classes }
}

/** The names of classes in a text, one a line. */
export const linesOf = ({ bytes }: FileBytes): readonly string[] =>
  new TextDecoder()
    .decode(bytes)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
