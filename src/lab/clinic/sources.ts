import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  cifar10,
  digits,
  type MemoryClasses,
  type MemoryDataset,
  type MemorySplit,
  makeDataset,
  makeSplit,
  mnist,
  takeSamples,
} from '../../data/index.ts'

/** Real data, cut down to what a run of a few seconds can use. */
export const sourceNames = ['digits', 'rows', 'features', 'halves', 'mnist', 'cifar10'] as const
export type SourceName = (typeof sourceNames)[number]

/** Samples of the large sets: for training, with those for validation, and for the test. */
const TRAIN = 2400
const TEST = 1000

/** Where a source that does not ship lies within the folder given as `--data`. */
export const folders: Partial<Readonly<Record<SourceName, string>>> = { mnist: 'mnist', cifar10: 'cifar10' }

/** Whether a source can be had; `dir` holds the folders `mnist` and `cifar10`. */
export function isThere(name: SourceName, dir: string | undefined): boolean {
  const folder = folders[name]
  return folder === undefined || (dir !== undefined && existsSync(join(dir, folder)))
}

/**
 * Data by name: `digits` as pictures; `rows`, the digits as sequences of 8 rows; `features`, as a table of sums over rows,
 * columns and quarters; `halves`, the ink of the lower half and its center to be predicted from the upper half; and parts of
 * `mnist` and `cifar10`.
 * @throws if files are missing or damaged.
 */
export async function loadSource(name: SourceName, dir: string | undefined): Promise<MemoryDataset> {
  switch (name) {
    case 'mnist':
      return part(await mnist({ dir: dir && join(dir, 'mnist') }))
    case 'cifar10':
      return part(await cifar10({ dir: dir && join(dir, 'cifar10') }))
    case 'digits':
      return digits()
    case 'rows':
      return rowsOf(await digits())
    case 'features':
      return featuresOf(await digits())
    case 'halves':
      return halvesOf(await digits())
  }
}

const first = (count: number) => Uint32Array.from({ length: count }, (_, i) => i)

/** The first samples, which come in no order. */
const part = (data: MemoryClasses): MemoryClasses => ({
  ...data,
  train: takeSamples(data.train, first(TRAIN)),
  test: takeSamples(data.test, first(TEST)),
})

const rowsOf = (data: MemoryClasses): MemoryClasses =>
  makeDataset({
    ...data,
    name: 'digits as sequences',
    train: makeSplit(data.train.inputs, data.train.labels, [8, 8]),
    test: makeSplit(data.test.inputs, data.test.labels, [8, 8]),
  })

const SIDE = 8
const PIXELS = SIDE * SIDE

/** [count, 20]: the ink of 8 rows, 8 columns and 4 quarters. */
function featuresOf(data: MemoryClasses): MemoryClasses {
  const table = ({ inputs, labels, count }: MemorySplit<Int32Array>) => {
    const size = 2 * SIDE + 4
    const features = new Float32Array(count * size)
    for (let i = 0; i < count * PIXELS; i++) {
      const [sample, row, column] = [Math.floor(i / PIXELS), Math.floor(i / SIDE) % SIDE, i % SIDE]
      const quarter = 2 * Math.floor(row / 4) + Math.floor(column / 4)
      for (const feature of [row, SIDE + column, 2 * SIDE + quarter])
        features[sample * size + feature]! += inputs[i]!
    }
    return makeSplit(features, labels, [size])
  }
  const inputRange = [0, 16 * PIXELS] as const
  return makeDataset({
    ...data,
    name: 'digits as a table',
    inputRange,
    train: table(data.train),
    test: table(data.test),
  })
}

/** /**
 * Numbers to predict from the upper half: how much ink the lower half has, and where its middle lies. Of the pixels those at
 * the edges are left out: there they are empty in nearly all digits.
 */
function halvesOf({ train, test, inputRange }: MemoryClasses): MemoryDataset {
  const places = Array.from({ length: PIXELS / 2 }, (_, i) => i).filter(
    (i) => i % SIDE > 0 && i % SIDE < SIDE - 1,
  )
  const half = ({ inputs, count }: MemorySplit<Int32Array>) => {
    const upper = new Float32Array(count * places.length)
    const targets = new Float32Array(2 * count)
    for (let sample = 0; sample < count; sample++) {
      const pixels = inputs.subarray(sample * PIXELS, (sample + 1) * PIXELS)
      for (const [i, place] of places.entries()) upper[sample * places.length + i] = pixels[place]!
      const lower = [...pixels.subarray(PIXELS / 2)]
      const ink = lower.reduce((sum, value) => sum + value, 0)
      const middle = lower.reduce((sum, value, i) => sum + value * (i % SIDE), 0) / Math.max(1, ink)
      targets.set([ink / 100, middle - 3.5], 2 * sample)
    }
    return makeSplit(upper, targets, [places.length])
  }
  return makeDataset({
    name: 'halves of digits',
    inputRange,
    train: half(train),
    test: half(test),
    targets: ['ink', 'middle'],
  })
}
