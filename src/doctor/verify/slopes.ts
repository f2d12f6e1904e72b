import { cloneTensor, type Random, type Tensor } from '../../core/index.ts'
import { Graph } from '../../graph/index.ts'
import { compileGraph, type Program } from '../../runtime/index.ts'
import { names } from '../../train/index.ts'
import { rootMeanSquare } from './moved.ts'
import { feed, forward } from './probe.ts'
import type { Samples, Subject } from './subject.ts'

/** Times the rounding error that a difference of losses must be to say anything. */
const CLEAR = 20
/** Half the distance between the two points of a difference, relative to the size of the parameter. */
const STEPS = [1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2]

/** What a directional derivative came to. */
export interface Slope {
  /** By double-sided differences of the loss. */
  readonly numeric: number
  /** By the gradient. */
  readonly analytic: number
  /** |numeric - analytic| by the larger of the two, or by what is usual along such directions if both are smaller. */
  readonly error: number
}

/** The loss of one batch as a function of the parameters, without chance: what slopes are measured on. */
export class Slopes {
  readonly #program: Program
  readonly #tensors: ReadonlyMap<string, Tensor>
  /** How far two evaluations at nearly the same place are apart: rounding in single precision. */
  noise = 0

  private constructor(program: Program, tensors: ReadonlyMap<string, Tensor>) {
    this.#program = program
    this.#tensors = tensors
  }

  /** @param tensors the point around which slopes are measured. */
  static async create(
    subject: Subject,
    samples: Samples,
    tensors: ReadonlyMap<string, Tensor>,
  ): Promise<Slopes> {
    const { inputs, loss } = forward(subject, samples.count)
    const program = await compileGraph(new Graph(inputs, { [names.loss]: loss }), subject.compile)
    feed(program, samples)
    const own = new Map([...tensors].map(([name, tensor]) => [name, cloneTensor(tensor)]))
    for (const [name, tensor] of own) if (name in program.inputs) program.bind(name, tensor)
    const slopes = new Slopes(program, own)
    slopes.noise = await slopes.#measureNoise(subject)
    return slopes
  }

  async loss(): Promise<number> {
    await this.#program.run()
    return Number(this.#program.outputs[names.loss]!.data[0])
  }

  /** The loss with a parameter moved by `step` times a direction; the parameter is as it was afterwards. */
  async lossAt(name: string, direction: Float32Array, step: number): Promise<number> {
    const data = this.#tensors.get(name)!.data as Float32Array
    const kept = data.slice()
    for (let i = 0; i < data.length; i++) data[i] = kept[i]! + step * direction[i]!
    const loss = await this.loss()
    data.set(kept)
    return loss
  }

  /** The root mean square of a parameter: what a step of its own size is. */
  size(name: string): number {
    return rootMeanSquare(this.#tensors.get(name)!.data as Float32Array)
  }

  /**
   * The slope along a direction, by the step that agrees best with the gradient among the three shortest that are clear of
   * rounding: a kink (a ReLU that changes sides) spoils long steps, rounding short ones.
   * @param enough the error at which no other step is tried.
   * @returns undefined if the loss changes by too little to tell.
   */
  async along(
    name: string,
    direction: Float32Array,
    gradient: Float32Array,
    enough: number,
  ): Promise<Slope | undefined> {
    let [analytic, squares] = [0, 0]
    for (let i = 0; i < direction.length; i++) {
      analytic += direction[i]! * gradient[i]!
      squares += gradient[i]! * gradient[i]!
    }
    // What a direction at random comes to as a rule. One that happens to come to much less says little by itself.
    const usual = Math.max(Math.abs(analytic), Math.sqrt(squares) * this.size(name))
    const isClear = (step: number, slope: number) => slope * step > CLEAR * this.noise
    const clear = STEPS.filter((step) => isClear(step, usual)).slice(0, 3)
    let best: Slope | undefined
    for (const step of clear.length > 0 ? clear : [STEPS.at(-1)!]) {
      const above = await this.lossAt(name, direction, step)
      const numeric = (above - (await this.lossAt(name, direction, -step))) / (2 * step)
      const larger = Math.max(Math.abs(numeric), usual)
      if (!isClear(step, larger)) continue
      const error = Math.abs(numeric - analytic) / larger
      if (!best || error < best.error) best = { numeric, analytic, error }
      if (error <= enough) break
    }
    return best
  }

  /** Moves all parameters by so little that only rounding differs. */
  async #measureNoise(subject: Subject): Promise<number> {
    const first = await this.loss()
    let widest = 2e-7 * Math.abs(first)
    for (let i = 0; i < 4; i++) {
      const random = subject.random('noise', i)
      const kept = subject.trained.map((name) => {
        const data = this.#tensors.get(name)!.data as Float32Array
        const before = data.slice()
        for (let k = 0; k < data.length; k++) data[k]! *= 1 + 1e-7 * random.normal()
        return [data, before] as const
      })
      widest = Math.max(widest, Math.abs((await this.loss()) - first))
      for (const [data, before] of kept) data.set(before)
    }
    return widest
  }
}

/** Random numbers of the size of a parameter. */
export function randomDirection(length: number, size: number, random: Random): Float32Array {
  const direction = new Float32Array(length)
  random.fillNormal(direction, 0, size)
  return direction
}

/** The gradient with every element weighted at random, of the size of the parameter: along it the loss surely changes. */
export function towards(gradient: Float32Array, size: number, random: Random): Float32Array {
  const direction = gradient.map((slope) => slope * random.uniform(0.5, 1.5))
  const own = rootMeanSquare(direction)
  return own > 0 ? direction.map((value) => (value * size) / own) : direction
}
