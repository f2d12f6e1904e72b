import { Random } from '../../core/index.ts'
import {
  type MemoryClasses,
  type MemorySplit,
  makeDataset,
  makeSplit,
  takeSamples,
} from '../../data/index.ts'

/** What can be wrong with data: each gives a set with one fault, and leaves the one that it is given as it is. */

type Samples = MemorySplit<Int32Array>

const numbers = (count: number, wanted: (sample: number) => boolean = () => true) =>
  Uint32Array.from(Array.from({ length: count }, (_, i) => i).filter(wanted))

/** The first training samples only. */
export const fewSamples = (data: MemoryClasses, count: number): MemoryClasses => ({
  ...data,
  train: takeSamples(data.train, numbers(Math.min(count, data.train.count))),
})

/** The first test samples only. */
export const fewTests = (data: MemoryClasses, count: number): MemoryClasses => ({
  ...data,
  test: takeSamples(data.test, numbers(count)),
})

/** Of the training samples of these classes one in `ratio` stays; the test stays balanced. */
export function imbalanced(data: MemoryClasses, rare: readonly number[], ratio: number): MemoryClasses {
  const seen = new Map<number, number>()
  const kept = numbers(data.train.count, (i) => {
    const label = data.train.labels[i]!
    if (!rare.includes(label)) return true
    seen.set(label, (seen.get(label) ?? 0) + 1)
    return seen.get(label)! % ratio === 1
  })
  return { ...data, train: takeSamples(data.train, kept) }
}

/** Training samples lie sorted by class. */
export function sorted(data: MemoryClasses): MemoryClasses {
  const { labels, count } = data.train
  return {
    ...data,
    train: takeSamples(
      data.train,
      numbers(count).sort((a, b) => labels[a]! - labels[b]!),
    ),
  }
}

/** A share of the training labels are drawn at random. */
export function noisyLabels(data: MemoryClasses, share: number, seed: number): MemoryClasses {
  const random = new Random('label noise', seed)
  const labels = data.train.labels.map((label) =>
    random.uniform() < share ? random.integer(data.classes.length) : label,
  )
  return { ...data, train: { ...data.train, labels } }
}

/** A share of the test samples are among the training samples too. */
export function leaking(data: MemoryClasses, share: number): MemoryClasses {
  const { train, test } = data
  const known = takeSamples(test, numbers(Math.round(share * test.count)))
  return { ...data, train: joined(train, known) }
}

/** A share of the training samples are there twice, so that validation knows some of them. */
export const doubled = (data: MemoryClasses, share: number): MemoryClasses => ({
  ...data,
  train: joined(data.train, takeSamples(data.train, numbers(Math.round(share * data.train.count)))),
})

function joined(a: Samples, b: Samples): Samples {
  const inputs = new (a.inputs.constructor as Uint8ArrayConstructor | Float32ArrayConstructor)(
    a.inputs.length + b.inputs.length,
  )
  inputs.set(a.inputs)
  inputs.set(b.inputs, a.inputs.length)
  return makeSplit(inputs, Int32Array.from([...a.labels, ...b.labels]), a.shape)
}

/** Inputs as numbers, each changed by `change`, which is told its place within the sample. */
export function mapped(data: MemoryClasses, change: (value: number, place: number) => number): MemoryClasses {
  const size = data.inputShape.reduce((a, b) => a * b, 1)
  const of = (split: Samples): Samples => ({
    ...split,
    inputs: Float32Array.from(split.inputs, (value, i) => change(value, i % size)),
  })
  return makeDataset({ ...data, inputRange: [-1e6, 1e6], train: of(data.train), test: of(data.test) })
}

/** Two classes: whether the digit is odd. */
export function oddOrEven(data: MemoryClasses): MemoryClasses {
  const of = (split: Samples): Samples => ({ ...split, labels: split.labels.map((label) => label % 2) })
  return makeDataset({ ...data, classes: ['even', 'odd'], train: of(data.train), test: of(data.test) })
}
