import type { CategoricalColumn, NumericColumn } from './table.ts'

/** An input of the network that a column of a table became. */
export interface Feature {
  /** Such as `age`, or `color=red`. */
  readonly name: string
  readonly column: string
  /** For a category: the input is 1 where the column has it, 0 elsewhere. */
  readonly category?: string
  /** What stands in for a missing value: the mean of the training rows. */
  readonly fill?: number
}

export type FeatureColumn = NumericColumn | CategoricalColumn

/** The name of the category of what is missing. */
export const MISSING = '(missing)'

/** The features that a column becomes: itself, or one for each category, in the order of `categories`. */
function featuresOf(column: FeatureColumn): Feature[] {
  if (column.kind === 'numeric') return [{ name: column.name, column: column.name }]
  const lacks = column.codes.some((code) => code < 0)
  return [...column.categories, ...(lacks ? [MISSING] : [])].map((category) => ({
    name: `${column.name}=${category}`,
    column: column.name,
    category,
  }))
}

/** Rows as float32 [rows, features]. A missing number stays NaN, for {@link fillMeans}; a missing category is one, too. */
export function encodeRows(
  columns: readonly FeatureColumn[],
  rows: number,
): { features: readonly Feature[]; inputs: Float32Array<ArrayBuffer> } {
  const parts = columns.map(featuresOf)
  const width = parts.reduce((sum, part) => sum + part.length, 0)
  const inputs = new Float32Array(rows * width)
  let at = 0
  columns.forEach((column, c) => {
    if (column.kind === 'numeric') {
      for (let row = 0; row < rows; row++) inputs[row * width + at] = column.values[row]!
    } else {
      const last = column.categories.length
      for (let row = 0; row < rows; row++) {
        const code = column.codes[row]!
        inputs[row * width + at + (code < 0 ? last : code)] = 1
      }
    }
    at += parts[c]!.length
  })
  return { features: parts.flat(), inputs }
}

/**
 * Puts the mean of the training rows in the place of missing numbers, on either side of the split.
 * @param all whether numbers of which none is missing get a mean, too, for rows that are yet to come.
 * @returns the features, with what is filled in.
 */
export function fillMeans(
  features: readonly Feature[],
  train: Float32Array,
  test: Float32Array,
  all = false,
): readonly Feature[] {
  const width = features.length
  return features.map((feature, f) => {
    const lacks = [train, test].some((side) => hasNaN(side, f, width))
    if (!lacks && !(all && feature.category === undefined)) return feature
    const mean = Math.fround(meanOf(train, f, width))
    for (const side of [train, test]) {
      for (let i = f; i < side.length; i += width) if (Number.isNaN(side[i])) side[i] = mean
    }
    return { ...feature, fill: mean }
  })
}

function hasNaN(values: Float32Array, first: number, step: number): boolean {
  for (let i = first; i < values.length; i += step) if (Number.isNaN(values[i])) return true
  return false
}

/** The mean of what is there; 0 if there is nothing. */
function meanOf(values: Float32Array, first: number, step: number): number {
  let sum = 0
  let count = 0
  for (let i = first; i < values.length; i += step) {
    if (Number.isNaN(values[i])) continue
    sum += values[i]!
    count++
  }
  return count > 0 ? sum / count : 0
}

/** The least and the greatest value. */
export function rangeOf(values: ArrayLike<number>): readonly [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]!)
    high = Math.max(high, values[i]!)
  }
  return [low, high]
}
