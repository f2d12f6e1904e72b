import type { JsonObject, TypedArray } from '../../core/index.ts'

/** What is remembered of an epoch: plain data that goes into checkpoints, so that a resumed run goes on with it. */
export interface UnitsMemory extends JsonObject {
  /** The epoch, from 1. */
  readonly epoch: number
  /** Samples that were looked at since it began. */
  readonly samples: number
  /** By layer: a bit for each unit that was active for one of them, as base64. */
  readonly active: Readonly<Record<string, string>>
}

/** Which units (channels or features) gave anything but 0 since the epoch began, as far as somebody looked. */
export class ActiveUnits {
  #epoch: number
  #samples: number
  readonly #active: Map<string, Uint8Array>

  constructor(memory: UnitsMemory = { epoch: 0, samples: 0, active: {} }) {
    this.#epoch = memory.epoch
    this.#samples = memory.samples
    this.#active = new Map(
      Object.entries(memory.active).map(([layer, bits]) => [
        layer,
        Uint8Array.from(Buffer.from(bits, 'base64')),
      ]),
    )
  }

  get samples(): number {
    return this.#samples
  }

  get memory(): UnitsMemory {
    const active = [...this.#active].map(([layer, bits]) => [layer, Buffer.from(bits).toString('base64')])
    return { epoch: this.#epoch, samples: this.#samples, active: Object.fromEntries(active) }
  }

  /** More samples are looked at, in an epoch (from 1). */
  look(epoch: number, samples: number): void {
    if (epoch !== this.#epoch) {
      this.#active.clear()
      this.#samples = 0
    }
    this.#epoch = epoch
    this.#samples += samples
  }

  /**
   * The share of a layer's units that were never active.
   * @param largest the largest output of each unit for these samples; NaN is no 0.
   */
  dead(layer: string, largest: TypedArray): number {
    const bits = this.#active.get(layer) ?? new Uint8Array(Math.ceil(largest.length / 8))
    this.#active.set(layer, bits)
    let dead = 0
    for (let unit = 0; unit < largest.length; unit++) {
      if (!(largest[unit]! <= 0)) bits[unit >> 3]! |= 1 << (unit & 7)
      if ((bits[unit >> 3]! & (1 << (unit & 7))) === 0) dead++
    }
    return dead / largest.length
  }
}
