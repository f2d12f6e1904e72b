import { sizeOf, type Tensor } from '../../core/index.ts'
import { Graph, input, type Value } from '../../graph/index.ts'
import { mul, sub } from '../../ops/index.ts'
import { allocateTogether, type FusedSums, fuseSums } from '../../runtime/index.ts'
import type { ParameterStatistics } from '../statistics-event.ts'
import { rounded } from './rounded.ts'

/** What is known of a parameter before its update. */
interface Before {
  readonly parameter: Spread
  readonly gradient: Spread
  /** Sums of products with the gradient of the step before. */
  readonly product: number
  readonly lastSquare: number
}

interface Spread {
  /** Of the elements' squares. */
  readonly square: number
  readonly std: number
}

/** Norms of parameters, gradients and updates, from the arrays that the step leaves: one pass over memory for each. */
export class ParameterReader {
  readonly #tensors: ReadonlyMap<string, Tensor>
  readonly #gradients: ReadonlyMap<string, Tensor>
  readonly #before = new Map<string, Before>()
  /** Room for a copy of all parameters, or of all gradients. */
  #copies: ReadonlyMap<string, Float32Array | Float64Array> | undefined

  /** @param gradients of the parameters that are trained, by name; `tensors` has the parameters. */
  constructor(tensors: ReadonlyMap<string, Tensor>, gradients: ReadonlyMap<string, Tensor>) {
    this.#tensors = tensors
    this.#gradients = gradients
  }

  /** Keeps the gradients of the step before: the next ones take their place. */
  keepGradients(): void {
    this.#copies ??= roomFor(this.#gradients)
    for (const [name, { data }] of this.#gradients) this.#copies.get(name)!.set(data as Float32Array)
  }

  /** Looks at parameters and gradients, and keeps the parameters: the update changes them. */
  readBefore(): void {
    for (const [name, gradient] of this.#gradients) {
      const parameter = this.#tensors.get(name)!
      const copy = this.#copies!.get(name)!
      const p = parameter.data as Float32Array
      const loops = sumsFor(parameter)
      const { sum, square, gradients, squares } = loops.before.run({ p, g: gradient.data }, {}, p.length)
      const { product, last } = loops.angle.run({ g: gradient.data, last: copy }, {}, p.length)
      this.#before.set(name, {
        parameter: spreadOf(parameter, sum!, square!),
        gradient: spreadOf(gradient, gradients!, squares!),
        product: product!,
        lastSquare: last!,
      })
      copy.set(p)
    }
  }

  /** The statistics of all parameters, when the update is done. */
  readAfter(): ParameterStatistics[] {
    return [...this.#before].map(([name, { parameter, gradient }]) => {
      const held = this.#tensors.get(name)!
      const p = held.data as Float32Array
      const { change } = sumsFor(held).after.run({ p, before: this.#copies!.get(name)! }, {}, p.length)
      const ratio = Math.sqrt(change! / parameter.square)
      return {
        name,
        norm: rounded(Math.sqrt(parameter.square)),
        gradientNorm: rounded(Math.sqrt(gradient.square)),
        std: rounded(parameter.std),
        gradientStd: rounded(gradient.std),
        ...(Number.isFinite(ratio) && { updateRatio: rounded(ratio) }),
      }
    })
  }

  /** Of all gradients together: the squared norm, and the cosine of the angle to those before, if those were not all 0. */
  get gradient(): { readonly square: number; readonly cosine: number | undefined } {
    const all = [...this.#before.values()]
    const total = (part: (before: Before) => number) => all.reduce((sum, before) => sum + part(before), 0)
    const square = total(({ gradient }) => gradient.square)
    const norms = Math.sqrt(square) * Math.sqrt(total(({ lastSquare }) => lastSquare))
    const cosine = total(({ product }) => product) / norms
    // Rounding takes it beyond 1 where the two are the same.
    return { square, cosine: norms > 0 ? Math.max(-1, Math.min(1, cosine)) : undefined }
  }
}

/** Where the spread is smaller than this share of the mean, the mean of squares has lost its digits. */
const NARROW = 0.03

/** The spread of a tensor's elements, from their sum and that of their squares. */
function spreadOf(held: Tensor, sum: number, square: number): Spread {
  const { length } = held.data
  const mean = sum / length
  const variance = square / length - mean * mean
  if (variance > (NARROW * mean) ** 2) return { square, std: Math.sqrt(variance) }
  const { squares } = sumsFor(held).around.run({ x: held.data }, { mean }, length)
  return { square, std: Math.sqrt(squares! / length) }
}

interface Sums {
  /** Over what lies in one memory, and is read where it is. */
  readonly before: FusedSums
  readonly angle: FusedSums
  readonly around: FusedSums
  readonly after: FusedSums
}

const sums = new Map<string, Sums>()

/** The loops for tensors of a dtype. */
function sumsFor({ dtype }: Tensor): Sums {
  const known = sums.get(dtype)
  if (known) return known
  const array = (name: string) => input(name, [1], dtype)
  const [p, g, last, before, x] = [array('p'), array('g'), array('last'), array('before'), array('x')]
  const mean = input('mean', [], dtype)
  const square = (value: Value) => mul(value, value)
  const own = { sum: p, square: square(p), gradients: g, squares: square(g) }
  const made = {
    before: fuseSums(new Graph([p, g], own)),
    angle: fuseSums(new Graph([g, last], { product: mul(g, last), last: square(last) })),
    around: fuseSums(new Graph([x, mean], { squares: square(sub(x, mean)) })),
    after: fuseSums(new Graph([p, before], { change: square(sub(p, before)) })),
  }
  sums.set(dtype, made)
  return made
}

function roomFor(tensors: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Float32Array | Float64Array> {
  const singles = [...tensors].filter(([, { dtype }]) => dtype === 'float32')
  const arrays = allocateTogether(singles.map(([, { shape }]) => sizeOf(shape)))
  const room = new Map<string, Float32Array | Float64Array>(singles.map(([name], i) => [name, arrays[i]!]))
  for (const [name, { data }] of tensors) if (!room.has(name)) room.set(name, new Float64Array(data.length))
  return room
}
