import { ensure, type Tensor } from '../../core/index.ts'
import { Graph, input } from '../../graph/index.ts'
import { add, mul } from '../../ops/index.ts'
import { type FusedLoop, fuse } from '../../runtime/index.ts'

/** Adds up gradients over the parts of a batch, so that their mean is the gradient of the whole. */
export class GradientSums {
  readonly #sums: ReadonlyMap<string, Tensor>
  readonly #share: number
  readonly #loops = new Map<string, { first: FusedLoop; next: FusedLoop }>()

  /**
   * @param sums where they go, by the names of the parameters.
   * @param parts how many parts a batch has.
   */
  constructor(sums: ReadonlyMap<string, Tensor>, parts: number) {
    this.#sums = sums
    this.#share = 1 / parts
    for (const [name, { data, dtype }] of sums) {
      const [sum, g] = [input('sum', [data.length], dtype), input('g', [data.length], dtype)]
      const share = input('share', [], dtype)
      this.#loops.set(name, {
        first: fuse(new Graph([g, share], { sum: mul(g, share) })),
        next: fuse(new Graph([sum, g, share], { sum: add(sum, mul(g, share)) })),
      })
    }
  }

  /** Adds the gradients of part number `part` (from 0); the first part forgets what was there. */
  add(gradientOf: (name: string) => Tensor, part: number): void {
    for (const [name, sum] of this.#sums) {
      const { first, next } = this.#loops.get(name)!
      const loop = part === 0 ? first : next
      loop.run({ sum: sum.data, g: gradientOf(name).data }, { share: this.#share }, sum.data.length)
    }
  }
}

/**
 * The number of samples in each part of a batch.
 * @throws if the batch does not divide into so many parts.
 */
export function partSize(batchSize: number, parts: number): number {
  ensure(
    Number.isInteger(parts) && parts >= 1 && batchSize % parts === 0,
    `accumulate: expected a number of parts that divides the batch of ${batchSize}, got ${parts}`,
  )
  return batchSize / parts
}
