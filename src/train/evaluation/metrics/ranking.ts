/** Scores of samples, row-major [count, classes]. */
export interface Rows {
  readonly values: ArrayLike<number>
  readonly width: number
}

/** The class with the highest score of each sample, the first one among ties. */
export function bestOf({ values, width }: Rows): Int32Array {
  return Int32Array.from({ length: values.length / width }, (_, row) => {
    let best = 0
    for (let c = 1; c < width; c++) if (values[row * width + c]! > values[row * width + best]!) best = c
    return best
  })
}

/** The share of samples whose own class is among the `k` with the highest scores, the first ones among ties; 0 to 1. */
export function topShare({ values, width }: Rows, labels: ArrayLike<number>, k: number): number {
  let found = 0
  for (let row = 0; row < labels.length; row++) {
    const [start, label] = [row * width, labels[row]!]
    const own = values[start + label]!
    let before = 0
    for (let c = 0; c < width; c++) {
      const other = values[start + c]!
      if (other > own || (other === own && c < label)) before++
    }
    if (before < k) found++
  }
  return found / labels.length
}
