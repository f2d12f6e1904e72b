import type { JsonObject } from '../../core/index.ts'

/** Running means of the two parts of the noise scale; plain data that goes into checkpoints. */
export interface NoiseMemory extends JsonObject {
  /** How many estimates are in them. */
  readonly count: number
  /** Of the squared norm of the true gradient. */
  readonly signal: number
  /** Of the trace of the covariance of single samples' gradients. */
  readonly noise: number
}

/** How many estimates count: each one alone says little. */
const WINDOW = 10

/**
 * Estimates how far a gradient is from the true one, from two at the same place: that of few samples is longer, because it
 * has more noise in it. Both parts are averaged before they are divided, as in the paper.
 *
 * Source: McCandlish et al., An Empirical Model of Large-Batch Training, 2018, appendix A.1.
 */
export class GradientNoise {
  #memory: NoiseMemory

  constructor(memory: NoiseMemory = { count: 0, signal: 0, noise: 0 }) {
    this.#memory = memory
  }

  get memory(): NoiseMemory {
    return this.#memory
  }

  /** Takes in squared norms of the mean gradients of `few` and of `many` samples. */
  add(few: { samples: number; square: number }, many: { samples: number; square: number }): void {
    const [b, B] = [few.samples, many.samples]
    if (b >= B || !Number.isFinite(few.square) || !Number.isFinite(many.square)) return
    const signal = (B * many.square - b * few.square) / (B - b)
    const noise = (few.square - many.square) / (1 / b - 1 / B)
    const count = Math.min(WINDOW, this.#memory.count + 1)
    const towards = (mean: number, value: number) => mean + (value - mean) / count
    this.#memory = {
      count,
      signal: towards(this.#memory.signal, signal),
      noise: towards(this.#memory.noise, noise),
    }
  }

  /** tr(cov) / |g|^2, in samples; undefined if the estimates say that one of them is not above 0. */
  get scale(): number | undefined {
    const { count, signal, noise } = this.#memory
    return count > 0 && signal > 0 && noise > 0 ? noise / signal : undefined
  }
}
