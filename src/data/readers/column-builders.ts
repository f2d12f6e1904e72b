import { GradusError } from '../../core/index.ts'
import { byCategory, type Column, numberOf } from './table.ts'

/** Training calculates in float32. */
export const MAX_FLOAT32 = 3.4028234663852886e38

/** A typed array that grows, doubling. */
export class Growing<T extends Float64Array | Int32Array | Uint32Array> {
  #values: T
  #length = 0

  constructor(empty: T) {
    this.#values = empty
  }

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const wider = this.#values.constructor as new (length: number) => T
      const grown = new wider(Math.max(1024, 2 * this.#length))
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#length++] = value
  }

  /** What was pushed, in memory of its own. */
  finish(): T {
    return this.#values.slice(0, this.#length) as T
  }
}

/** Takes the cells of one column, one after another. */
export interface ColumnBuilder {
  /** @param text undefined where the value is missing. */
  add(text: string | undefined, line: number): void
  finish(): Column
}

/**
 * Builds a column of numbers.
 * @param isGuess whether its values suggested that it is one: others may speak against it.
 * @throws on text, infinity, and numbers beyond float32, in which training calculates.
 */
export function numericBuilder(name: string, where: string, isGuess = false): ColumnBuilder {
  const values = new Growing(new Float64Array(0))
  return {
    add(text, line) {
      const value = text === undefined ? Number.NaN : numberOf(text)
      if (!(Math.abs(value) <= MAX_FLOAT32) && text !== undefined) {
        throw notANumber(text, value, `${where}, line ${line}, column "${name}"`, isGuess ? name : undefined)
      }
      values.push(value)
    },
    finish: () => ({ name, kind: 'numeric', values: values.finish() }),
  }
}

/** @param guessed the name of a column that may be none of numbers. */
function notANumber(text: string, value: number, place: string, guessed: string | undefined): GradusError {
  const found = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text)
  if (!Number.isNaN(value)) {
    return new GradusError(`${place}: expected a number within float32, found ${found}`, [
      'put it right, leave the row out, or count it as missing (format: { missing: [...] })',
    ])
  }
  const decimals = /^\s*[+-]?\d+,\d+\s*$/.test(text) ? ['write decimals with a point'] : []
  if (guessed === undefined) {
    const advice = 'put it right, or leave the cell empty if the value is missing'
    return new GradusError(`${place}: expected a number, found ${found}`, [advice, ...decimals])
  }
  return new GradusError(`${place}: expected a number, as in the column's other rows, found ${found}`, [
    `if it is a category: columns: { ${JSON.stringify(guessed)}: 'categorical' }`,
    `if it stands for a missing value: format: { missing: [${found}] }`,
    `to leave the column out: columns: { ${JSON.stringify(guessed)}: 'ignore' } (--ignore ${guessed})`,
    ...decimals,
  ])
}

/** More texts than this are no categories, not even of a label or a group. */
const MAX_DISTINCT = 1_000_000

/** Builds a column of categories; past a million of them it keeps none, and the column becomes one of texts. */
export function categoryBuilder(name: string, limit = MAX_DISTINCT): ColumnBuilder {
  const codes = new Growing(new Int32Array(0))
  const codeOf = new Map<string, number>()
  return {
    add(text) {
      if (text === undefined) return codes.push(-1)
      let code = codeOf.get(text)
      if (code === undefined) {
        if (codeOf.size > limit) return
        code = codeOf.size
        codeOf.set(text, code)
      }
      codes.push(code)
    },
    finish() {
      if (codeOf.size > limit) return { name, kind: 'text' }
      const found = [...codeOf.keys()]
      const categories = [...found].sort(byCategory)
      const place = new Map(categories.map((category, i) => [category, i]))
      const places = found.map((category) => place.get(category)!)
      const sorted = codes.finish().map((code) => (code < 0 ? -1 : places[code]!))
      return { name, kind: 'categorical', codes: sorted, categories }
    },
  }
}
