/** A standard normal number is within plus or minus this with a probability of 95%. */
const Z95 = 1.959963984540054

/**
 * The 95% interval of a share that was found by counting, such as an accuracy: which true shares make it likely. Right also
 * for few samples and shares near 0 or 1.
 * @param count how many were counted, 0 to `total`.
 * Source: Wilson, Probable inference, the law of succession, and statistical inference, 1927.
 */
export function wilsonInterval(count: number, total: number): readonly [low: number, high: number] {
  const [p, squared] = [count / total, Z95 ** 2 / total]
  const middle = (p + squared / 2) / (1 + squared)
  const half = Math.sqrt(squared * (p * (1 - p) + squared / 4)) / (1 + squared)
  // At the ends rounding must not leave the range, or the share outside of its interval.
  return [count === 0 ? 0 : middle - half, count === total ? 1 : middle + half]
}
