import { ensure, Random } from '../../core/index.ts'
import type { MemoryClasses, MemoryDataset } from '../../data/index.ts'
import type { Recipe } from '../../train/index.ts'
import type { SourceName } from './sources.ts'

/**
 * What varies between runs of one case: widths, depths, rates. Each seed of the clinic draws other ones, so that checks cannot
 * be tuned to the runs themselves.
 */
export class Draw {
  readonly seed: number
  readonly #random: Random

  constructor(name: string, seed: number) {
    this.seed = seed
    this.#random = new Random('clinic', name, seed)
  }

  /** One of the values. */
  pick<T>(...values: readonly T[]): T {
    return values[this.#random.integer(values.length)]!
  }

  /** About the value: up to `factor` times as large or as small, evenly on a logarithmic scale. */
  near(value: number, factor = 1.4): number {
    return Number((value * factor ** this.#random.uniform(-1, 1)).toPrecision(3))
  }

  /** The same as a whole number of at least 1. */
  about(value: number, factor = 1.3): number {
    return Math.max(1, Math.round(this.near(value, factor)))
  }
}

/** A small run with known faults, or with none. */
export interface ClinicCase {
  /** Such as `rate-too-high: sgd, digits`. */
  readonly name: string
  readonly source: SourceName
  /** Names of the checks that must find something; none for a healthy run. */
  readonly planted: readonly string[]
  /** The recipe; its data are `data` or what was made of them. */
  readonly make: (data: MemoryDataset, draw: Draw) => Recipe
}

/** A recipe in which the data are those of the source and the seed is that of the clinic, where nothing else is said. */
export type Sketch<D> = (data: D, draw: Draw) => Omit<Recipe, 'data'> & { readonly data?: MemoryDataset }

/** A case on pictures or rows of classes. */
export const classCase = (
  name: string,
  source: Exclude<SourceName, 'halves'>,
  planted: readonly string[],
  sketch: Sketch<MemoryClasses>,
): ClinicCase => ({
  name,
  source,
  planted,
  make(data, draw) {
    ensure(data.task === 'classification', `clinic: ${name}: expected classes, got numbers to predict`)
    return { data, seed: draw.seed, ...sketch(data, draw) }
  },
})

/** A case in which numbers are predicted. */
export const numberCase = (
  name: string,
  planted: readonly string[],
  sketch: Sketch<MemoryDataset>,
): ClinicCase => ({
  name,
  source: 'halves',
  planted,
  make: (data, draw) => ({ data, seed: draw.seed, ...sketch(data, draw) }),
})
