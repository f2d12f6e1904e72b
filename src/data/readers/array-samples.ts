import { ensure, formatShape, GradusError, type Shape, sizeOf } from '../../core/index.ts'
import { grouped } from '../files.ts'
import type { NumberArray, NumberData } from './npy.ts'

/** Where an image's channels are: before its rows and columns, after them, or nowhere (one channel). */
export type Channels = 'first' | 'last' | 'none'

/** Samples from an array, the first axis of which counts them. */
export interface ArraySamples {
  readonly count: number
  /** Of one sample, channels first. */
  readonly shape: Shape
  /** Row-major [count, ...shape]; bytes stay bytes. */
  readonly inputs: Uint8Array | Float32Array
}

/** How many channels images may have. */
const CHANNELS = [1, 3, 4]

/**
 * Samples from an array of numbers: [N, features], or images [N, C, H, W], [N, H, W, C] or [N, H, W], which become
 * [N, C, H, W].
 * @param channels of images; by default guessed from the shape, and told in `notices`.
 * @throws if there is no sample, or a value is not finite or beyond float32.
 */
export function arraySamples(
  array: NumberArray,
  { name, channels, notices }: { name: string; channels: Channels | undefined; notices: string[] },
): ArraySamples {
  const { shape } = array
  const [count = 0, ...rest] = shape
  ensure(
    count > 0 && sizeOf(shape) > 0,
    `${name}: expected samples along the first axis, found the shape ${formatShape(shape)}`,
  )
  const where = channels ?? guessChannels(array)
  if (where !== channels && where !== 'first') {
    const how = where === 'last' ? 'rows, columns and channels' : 'rows and columns'
    notices.push(
      `${name}: samples of ${formatShape(rest)} are taken for images of ${how} (channels: 'first' leaves them)`,
    )
  }
  const inputs = toInputs(array, name)
  if (where === 'none') return { count, shape: [1, ...rest], inputs }
  if (where === 'first') return { count, shape: rest.length > 0 ? rest : [1], inputs }
  ensure(
    rest.length === 3,
    `${name}: expected images of rows, columns and channels, found samples of ${formatShape(rest)}`,
  )
  const [height, width, depth] = rest as [number, number, number]
  return { count, shape: [depth, height, width], inputs: channelsFirst(inputs, count, height * width, depth) }
}

function guessChannels({ shape, data }: NumberArray): Channels {
  if (shape.length === 3 && data instanceof Uint8Array) return 'none'
  const isLast = shape.length === 4 && CHANNELS.includes(shape[3]!) && !CHANNELS.includes(shape[1]!)
  return isLast ? 'last' : 'first'
}

/** Bytes as they are, other numbers as float32. */
function toInputs({ data, shape }: NumberArray, name: string): Uint8Array | Float32Array {
  if (data instanceof Uint8Array) return data
  const inputs = data instanceof Float32Array ? data : Float32Array.from(data)
  const wrong = inputs.findIndex((value) => !Number.isFinite(value))
  if (wrong < 0) return inputs
  throw new GradusError(
    `${name}: expected finite numbers within float32, found ${data[wrong]} at ${formatShape(placeIn(shape, wrong))}`,
    ['put it right, or leave the sample out'],
  )
}

/** The index of the element that is at a place in row-major order. */
export function placeIn(shape: Shape, at: number): number[] {
  let rest = at
  return shape
    .toReversed()
    .map((n) => {
      const index = rest % n
      rest = Math.floor(rest / n)
      return index
    })
    .reverse()
}

/** [N, places, C] as [N, C, places]. */
function channelsFirst<T extends NumberData>(values: T, count: number, places: number, depth: number): T {
  const result = values.slice() as T
  for (let sample = 0, from = 0; sample < count; sample++) {
    const start = sample * places * depth
    for (let place = 0; place < places; place++) {
      for (let c = 0; c < depth; c++) result[start + c * places + place] = values[from++]!
    }
  }
  return result
}

/**
 * Labels of an array as numbers, and how many there are to a sample: [N] or [N, 1] is one, [N, k] are k.
 * @throws if they are not as many as the samples, or not finite.
 */
export function arrayLabels(
  { shape, data, kind }: NumberArray,
  { name, count }: { name: string; count: number },
): { values: Float64Array; width: number } {
  const [found = 0, width = 1, ...more] = shape
  ensure(
    found === count && more.length === 0 && width > 0,
    `${name}: expected ${grouped(count)} labels, one for each sample, or as many rows of numbers to predict, ` +
      `found the shape ${formatShape(shape)}`,
  )
  const fits = kind === 'float' ? Number.isFinite : Number.isSafeInteger
  const wrong = data.findIndex((value) => !fits(value))
  ensure(
    wrong < 0,
    `${name}: expected finite labels, found ${data[wrong]} for sample ${Math.floor(wrong / width)}`,
  )
  return { values: Float64Array.from(data), width }
}
