import { createHash } from 'node:crypto'
import type { Dataset } from '../../data/index.ts'

export interface DuplicateFacts {
  /** Training samples that are there already, value by value. */
  readonly train: number
  /** Test samples that are there already. */
  readonly test: number
  /** Test samples that are also training samples: the test tells less than it seems to. */
  readonly acrossSplits: number
  /** Samples that are equal; the first 20 pairs. */
  readonly examples: readonly (readonly [SampleName, SampleName])[]
  /** Those that are equal and have different labels; the first 20 pairs. */
  readonly contradictions: readonly (readonly [SampleName, SampleName])[]
  /** How many pairs of those there are. */
  readonly contradicting: number
}

/** A sample of a split, by its number from 0. */
export interface SampleName {
  readonly split: 'train' | 'test'
  readonly sample: number
  /** What a person calls it, such as the path of its picture, where the data tell. */
  readonly name?: string
}

const SHOWN = 20

/** Finds samples that are there twice, by their SHA-1. */
export class Duplicates {
  readonly #first = new Map<string, SampleName>()
  readonly #pairs: [SampleName, SampleName][] = []

  add(split: 'train' | 'test', sample: number, values: Uint8Array | Float32Array): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    const key = createHash('sha1').update(bytes).digest('base64')
    const first = this.#first.get(key)
    if (first) this.#pairs.push([first, { split, sample }])
    else this.#first.set(key, { split, sample })
  }

  result(data: Dataset): DuplicateFacts {
    const label = ({ split, sample }: SampleName) => data[split].labels[sample]
    const contradictions =
      data.task === 'classification' ? this.#pairs.filter(([a, b]) => label(a) !== label(b)) : []
    const among = (a: string, b: string) =>
      this.#pairs.filter(([first, second]) => first.split === a && second.split === b).length
    const named = ([a, b]: readonly [SampleName, SampleName]) => [nameIn(data, a), nameIn(data, b)] as const
    return {
      train: among('train', 'train'),
      test: among('test', 'test'),
      acrossSplits: among('train', 'test'),
      examples: this.#pairs.slice(0, SHOWN).map(named),
      contradictions: contradictions.slice(0, SHOWN).map(named),
      contradicting: contradictions.length,
    }
  }
}

function nameIn(data: Dataset, { split, sample }: SampleName): SampleName {
  const name = data[split].nameOf?.(sample)
  return { split, sample, ...(name !== undefined && { name }) }
}
