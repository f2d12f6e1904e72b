import type { Normalizer } from '../../data/index.ts'

/** The size of a unit of each number to predict: standardized errors times this are errors as people know them. */
export type Units = readonly number[]

/** Root of the mean squared error in the units of the data, the mean over what is to be predicted. */
export function rmseOf(squares: ArrayLike<number>, samples: number, units?: Units): number {
  let sum = 0
  for (let i = 0; i < squares.length; i++) sum += (units?.[i] ?? 1) * Math.sqrt(squares[i]! / samples)
  return sum / squares.length
}

/** What is collected of a number to predict. */
interface Sums {
  /** Of the squared errors. */
  errors: number
  /** What labels are measured from, which keeps the next two exact where all labels are the same. */
  readonly first: number
  distances: number
  squares: number
}

/**
 * Collects how far predicted numbers are off, batch by batch. The scores are those of a `NumberReport`: of several numbers to
 * predict the mean, all counting alike.
 */
export class NumberErrors {
  readonly #units: Units | undefined
  readonly #targets: Sums[] = []
  #samples = 0

  /** @param targets how labels were standardized, if they were. */
  constructor(targets?: Normalizer) {
    this.#units = targets?.std
  }

  /**
   * @param errors sums of the squared errors of a batch, by target.
   * @param labels what was right, row-major [count, targets].
   */
  add(errors: ArrayLike<number>, labels: ArrayLike<number>, count: number): void {
    const width = errors.length
    for (let i = 0; i < width; i++) {
      this.#targets[i] ??= { errors: 0, first: labels[i]!, distances: 0, squares: 0 }
      const sums = this.#targets[i]!
      sums.errors += errors[i]!
      for (let row = 0; row < count; row++) {
        const distance = labels[row * width + i]! - sums.first
        sums.distances += distance
        sums.squares += distance * distance
      }
    }
    this.#samples += count
  }

  /** In units of the data; `r2` is absent if no number to predict ever changes. Empty if there are no numbers to predict. */
  get scores(): { readonly rmse?: number; readonly r2?: number } {
    if (this.#targets.length === 0) return {}
    const errors = this.#targets.map((target) => target.errors)
    const rmse = rmseOf(errors, this.#samples, this.#units)
    const explained = this.#targets.flatMap((target) => {
      const spread = target.squares - target.distances ** 2 / this.#samples
      return target.squares === 0 ? [] : [1 - target.errors / spread]
    })
    if (explained.length === 0) return { rmse }
    return { rmse, r2: explained.reduce((sum, value) => sum + value, 0) / explained.length }
  }
}
