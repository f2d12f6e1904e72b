import { ensure, ensureKnownOptions, formatShape, GradusError, type Shape, sizeOf } from '../core/index.ts'
import { type Dataset, makeSplit, type SampleReader } from './dataset.ts'
import { RecordFile } from './record-file.ts'
import { splitDataset } from './splits.ts'

/** A sample as a program gives it. */
export interface Sample {
  /** As many numbers as the shape has. */
  readonly input: ArrayLike<number>
  /** A class by its name or number, or the numbers to predict. */
  readonly label: string | number | readonly number[]
  /** Samples of one group stay on the same side of every split. */
  readonly group?: string | number
}

export interface IterableOptions {
  readonly name: string
  /** Of one sample: [C, H, W] or [features]. */
  readonly shape: Shape
  /** `uint8` for pixels 0 .. 255, `float32` (default) for other numbers. */
  readonly dtype?: SampleReader['dtype']
  /** `regression` takes labels as numbers to predict (default `classification`). */
  readonly task?: Dataset['task']
  /** Names of the classes in the order of their labels; by default all labels that come, sorted. */
  readonly classes?: readonly string[]
  /** Names of the numbers to predict; `y0`, `y1`, ... by default. */
  readonly targets?: readonly string[]
  /** The values that inputs can take (default [0, 255] for pixels, else those that come). */
  readonly inputRange?: readonly [low: number, high: number]
  /** Take so many samples at most; needed where the source never ends. */
  readonly limit?: number
  /** The part of the samples to test on (default 0.2), and the seed of that split (default 0). */
  readonly test?: number
  readonly seed?: number
  /** Where samples are kept; the folder for temporary files by default. */
  readonly folder?: string
}

const known: readonly (keyof IterableOptions)[] = [
  'name',
  'shape',
  'dtype',
  'task',
  'classes',
  'targets',
  'inputRange',
  'limit',
  'test',
  'seed',
  'folder',
]

/**
 * A data set of whatever a program can go through once: rows of a database, lines of a log, messages. Samples are written to a
 * temporary file as they come, no faster than the disk takes them, and read from there in any order: memory stays flat however many
 * there are. Labels stay in memory.
 * ```ts
 * const set = await data.fromIterable(rows(), { name: 'clicks', shape: [20] })
 * ```
 * @throws naming the sample (from 0) whose input or label does not fit; if none come; what the source throws.
 */
export async function fromIterable(
  source: AsyncIterable<Sample> | Iterable<Sample>,
  options: IterableOptions,
): Promise<Dataset> {
  ensureKnownOptions('fromIterable', options, known)
  const { name, shape, dtype = 'float32', limit = Number.POSITIVE_INFINITY } = options
  const size = sizeOf(shape)
  ensure(size > 0, `${name}: expected samples with at least one value, got shape ${formatShape(shape)}`)
  const bytes = dtype === 'uint8' ? size : 4 * size
  const file = await RecordFile.create(bytes, options.folder)
  const labels = new LabelList(options)
  const encoder = new InputEncoder(name, size, dtype)
  try {
    let count = 0
    for await (const sample of source) {
      const record = encoder.encode(sample.input, count)
      labels.add(sample, count)
      await file.add(record)
      if (++count >= limit) break
    }
    ensure(count > 0, `${name}: expected samples, but the source gave none`)
    await file.flush()
  } catch (cause) {
    await file.remove()
    throw cause
  }
  const range = options.inputRange ?? (dtype === 'uint8' ? [0, 255] : encoder.range)
  return labels.dataset(file.reader(dtype, size), range)
}

/** Brings inputs into the form of records. */
class InputEncoder {
  readonly #name: string
  readonly #values: Uint8Array | Float32Array
  readonly #bytes: Uint8Array
  #low = Number.POSITIVE_INFINITY
  #high = Number.NEGATIVE_INFINITY

  constructor(name: string, size: number, dtype: SampleReader['dtype']) {
    this.#name = name
    this.#values = new (dtype === 'uint8' ? Uint8Array : Float32Array)(size)
    this.#bytes = new Uint8Array(this.#values.buffer)
  }

  /** The bytes of a record, which hold until the next. */
  encode(input: ArrayLike<number>, at: number): Uint8Array {
    const values = this.#values
    ensure(
      input.length === values.length,
      `${this.#name}, sample ${at}: expected an input of ${values.length} numbers, got ${input.length}`,
    )
    const isByte = values instanceof Uint8Array
    for (let i = 0; i < values.length; i++) {
      const value = input[i]!
      const fits = isByte ? Number.isInteger(value) && value >= 0 && value <= 255 : Number.isFinite(value)
      if (!fits) {
        const wanted = isByte ? 'whole numbers 0 .. 255' : 'finite numbers'
        throw new GradusError(`${this.#name}, sample ${at}: expected ${wanted}, got ${value} at ${i}`)
      }
      values[i] = value
      if (value < this.#low) this.#low = value
      if (value > this.#high) this.#high = value
    }
    return this.#bytes
  }

  get range(): readonly [number, number] {
    return [this.#low, this.#high > this.#low ? this.#high : this.#low + 1]
  }
}

/** Labels and groups as they come. */
class LabelList {
  readonly #options: IterableOptions
  readonly #numbers: number[] = []
  readonly #names = new Map<string, number>()
  readonly #groups: number[] = []
  readonly #groupNames = new Map<string | number, number>()
  #width = 0

  constructor(options: IterableOptions) {
    this.#options = options
    options.classes?.forEach((name, label) => {
      this.#names.set(name, label)
    })
  }

  add({ label, group }: Sample, at: number): void {
    if (this.#options.task === 'regression') this.#addNumbers(label, at)
    else this.#numbers.push(this.#classOf(label, at))
    if (group === undefined && this.#groups.length === 0) return
    ensure(
      group !== undefined && this.#groups.length === at,
      `${this.#options.name}, sample ${at}: expected a group with every sample or with none`,
    )
    this.#groups.push(numberOf(this.#groupNames, group))
  }

  #classOf(label: Sample['label'], at: number): number {
    const { name, classes } = this.#options
    const isName = typeof label === 'string' || (typeof label === 'number' && Number.isFinite(label))
    ensure(isName, `${name}, sample ${at}: expected a class, got ${JSON.stringify(label)}`)
    // With names given, a number is a place among them.
    const key = classes && typeof label === 'number' ? (classes[label] ?? `${label}`) : `${label}`
    ensure(
      !classes || this.#names.has(key),
      `${name}, sample ${at}: expected one of the classes ${classes?.join(', ')}, got ${JSON.stringify(label)}`,
    )
    return numberOf(this.#names, key)
  }

  #addNumbers(label: Sample['label'], at: number): void {
    const { name } = this.#options
    const numbers = typeof label === 'number' ? [label] : label
    const fits = typeof numbers !== 'string' && numbers.length > 0 && numbers.every(Number.isFinite)
    ensure(fits, `${name}, sample ${at}: expected numbers to predict, got ${JSON.stringify(label)}`)
    if (at === 0) this.#width = numbers.length
    ensure(
      numbers.length === this.#width,
      `${name}, sample ${at}: expected ${this.#width} numbers to predict as in the first sample, got ${numbers.length}`,
    )
    this.#numbers.push(...(numbers as readonly number[]))
  }

  dataset(reader: SampleReader, inputRange: readonly [number, number]): Dataset {
    const { name, shape, test, seed, task } = this.#options
    const common = { name, test, seed, inputRange }
    const groups = this.#groups.length > 0 ? { groups: Int32Array.from(this.#groups) } : {}
    if (task === 'regression') {
      const targets = this.#options.targets ?? Array.from({ length: this.#width }, (_, i) => `y${i}`)
      const count = this.#numbers.length / this.#width
      const split = makeSplit(reader, Float32Array.from(this.#numbers), shape, name, count)
      return splitDataset({ ...common, targets, samples: { ...split, ...groups } })
    }
    const { classes, labels } = this.#sorted()
    const split = makeSplit(reader, labels, shape, name)
    return splitDataset({ ...common, classes, samples: { ...split, ...groups } })
  }

  /** Classes in the order of their names, unless the order was given: it must not depend on which sample came first. */
  #sorted(): { classes: readonly string[]; labels: Int32Array } {
    const found = [...this.#names.keys()]
    if (this.#options.classes) return { classes: found, labels: Int32Array.from(this.#numbers) }
    const classes = [...found].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    const place = found.map((name) => classes.indexOf(name))
    return { classes, labels: Int32Array.from(this.#numbers, (number) => place[number]!) }
  }
}

function numberOf<K>(numbers: Map<K, number>, key: K): number {
  const number = numbers.get(key) ?? numbers.size
  numbers.set(key, number)
  return number
}
