import type { Random } from '../core/index.ts'

/** A draw from Gamma(shape, 1). Source: Marsaglia and Tsang, A simple method for generating gamma variables, 2000. */
function gamma(random: Random, shape: number): number {
  // Gamma(a) is Gamma(a + 1) times a power of a uniform number; the method needs a shape of at least 1.
  if (shape < 1) return gamma(random, shape + 1) * (1 - random.uniform()) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const z = random.normal()
    const v = (1 + c * z) ** 3
    if (v > 0 && Math.log(1 - random.uniform()) < (z * z) / 2 + d - d * v + d * Math.log(v)) return d * v
  }
}

/** A draw from Beta(alpha, alpha), in [0, 1]: around 1/2 for a large alpha, near 0 or 1 for a small one. */
export function beta(random: Random, alpha: number): number {
  const [a, b] = [gamma(random, alpha), gamma(random, alpha)]
  // With a tiny alpha both may be 0 to the last bit: then either end is as good.
  return a + b > 0 ? a / (a + b) : random.integer(2)
}
