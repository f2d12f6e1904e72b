/** How the values of a channel or a feature are spread. */
export interface FeatureSpread {
  readonly mean: number
  readonly std: number
  readonly min: number
  readonly max: number
}

/** Distinct values of a feature that are counted: one that varies has more soon. */
const DISTINCT = 64
/** From this share of samples with one value on, a feature says next to nothing. */
const NEARLY_ALL = 0.995

/** Gathers the spread of each channel (or feature) over samples, one at a time; sums are taken from the first value. */
export class FeatureSpreads {
  readonly #plane: number
  readonly #sums: Float64Array
  readonly #squares: Float64Array
  readonly #first: Float64Array
  readonly #min: Float64Array
  readonly #max: Float64Array
  readonly #counts: (Map<number, number> | undefined)[]
  #samples = 0

  /** @param plane values of one channel in a sample. */
  constructor(channels: number, plane: number) {
    this.#plane = plane
    this.#sums = new Float64Array(channels)
    this.#squares = new Float64Array(channels)
    this.#first = new Float64Array(channels)
    this.#min = new Float64Array(channels).fill(Number.POSITIVE_INFINITY)
    this.#max = new Float64Array(channels).fill(Number.NEGATIVE_INFINITY)
    this.#counts = Array.from({ length: channels }, () => (plane === 1 ? new Map() : undefined))
  }

  add(sample: Uint8Array | Float32Array): void {
    for (let c = 0; c < this.#sums.length; c++) {
      const start = c * this.#plane
      if (this.#samples === 0) this.#first[c] = sample[start]!
      const first = this.#first[c]!
      let [sum, squares, min, max] = [0, 0, this.#min[c]!, this.#max[c]!]
      for (let i = start; i < start + this.#plane; i++) {
        const value = sample[i]!
        const distance = value - first
        sum += distance
        squares += distance * distance
        if (value < min) min = value
        if (value > max) max = value
      }
      this.#sums[c]! += sum
      this.#squares[c]! += squares
      this.#min[c] = min
      this.#max[c] = max
      this.#count(c, sample[start]!)
    }
    this.#samples++
  }

  #count(feature: number, value: number): void {
    const counts = this.#counts[feature]
    if (!counts) return
    counts.set(value, (counts.get(value) ?? 0) + 1)
    if (counts.size > DISTINCT) this.#counts[feature] = undefined
  }

  result(): FeatureSpread[] {
    const n = Math.max(1, this.#samples * this.#plane)
    return [...this.#sums].map((sum, c) => ({
      mean: this.#first[c]! + sum / n,
      std: Math.sqrt(Math.max(0, this.#squares[c]! / n - (sum / n) ** 2)),
      min: this.#min[c]!,
      max: this.#max[c]!,
    }))
  }

  /** Features of which nearly all samples have one value. */
  nearConstant(): { feature: number; value: number; share: number }[] {
    return this.#counts.flatMap((counts, feature) => {
      const most = [...(counts ?? [])].sort(([, a], [, b]) => b - a)[0]
      const share = (most?.[1] ?? 0) / Math.max(1, this.#samples)
      return share >= NEARLY_ALL ? [{ feature, value: most![0], share }] : []
    })
  }
}
