/** Rows of numbers that grow: a typed array for each column. */
export class Columns<Name extends string> {
  #length = 0
  #data: Record<Name, Float64Array>
  readonly #names: readonly Name[]

  constructor(...names: readonly Name[]) {
    this.#names = names
    this.#data = Object.fromEntries(names.map((name) => [name, new Float64Array(256)])) as Record<
      Name,
      Float64Array
    >
  }

  get length(): number {
    return this.#length
  }

  /** Appends a row; what is not given is NaN. */
  push(row: { readonly [name in Name]?: number | undefined }): void {
    for (const name of this.#names) {
      const column = this.#data[name]
      if (this.#length === column.length) {
        const grown = new Float64Array(2 * column.length)
        grown.set(column)
        this.#data[name] = grown
      }
      this.#data[name][this.#length] = row[name] ?? Number.NaN
    }
    this.#length++
  }

  column(name: Name): Float64Array {
    return this.#data[name].subarray(0, this.#length)
  }
}

/** The points of two columns where both are numbers. */
export function finitePoints(x: Float64Array, y: Float64Array): { x: Float64Array; y: Float64Array } {
  const rows = Array.from(x.keys()).filter((i) => Number.isFinite(x[i]) && Number.isFinite(y[i]))
  if (rows.length === x.length) return { x, y }
  return { x: Float64Array.from(rows, (i) => x[i]!), y: Float64Array.from(rows, (i) => y[i]!) }
}
