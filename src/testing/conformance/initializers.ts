import {
  type Entry,
  type Example,
  ensure,
  formatShape,
  numbersOf,
  Random,
  type Shape,
  sameShape,
  type Tensor,
} from '../../core/index.ts'
import type { Initializer } from '../../nn/index.ts'
import { type Case, casesOf, type Property, runAll } from './case.ts'
import { expectFinite, expectSameBits } from './compare.ts'

const shapeOf = ({ input = [48, 32] }: Example<Initializer>): Shape => input
const SEEDS = [0, 1, 2, 3, 4]

const draw = (example: Example<Initializer>, seed: number): Tensor =>
  example.make()(shapeOf(example), new Random(seed, 'init', 'weight'))

/** Whether an initializer draws: the stream that it was given has moved on. */
function isRandom(example: Example<Initializer>): boolean {
  const [used, untouched] = [new Random(0), new Random(0)]
  example.make()(shapeOf(example), used)
  return used.bits() !== untouched.bits()
}

const fills: Property<Initializer> = {
  name: 'finite float32 numbers of the wanted shape',
  check(example) {
    const { dtype, shape, data } = draw(example, 0)
    const wanted = shapeOf(example)
    ensure(
      dtype === 'float32' && sameShape(shape, wanted),
      `expected float32 ${formatShape(wanted)}, got ${dtype} ${formatShape(shape)}`,
    )
    expectFinite({ dtype, shape, data }, 'weight')
  },
}

const seeded: Property<Initializer> = {
  name: 'the same bits for the same seed, others for another',
  check(example) {
    expectSameBits(draw(example, 1), draw(example, 1), 'weight')
    const [first, other] = [numbersOf(draw(example, 0)), numbersOf(draw(example, 1))]
    const differ = first.some((value, i) => value !== other[i])
    ensure(differ || !isRandom(example), 'seeds 0 and 1 give the same numbers')
  },
}

const fresh: Property<Initializer> = {
  name: 'memory of its own each time',
  check(example) {
    const initializer = example.make()
    const [a, b] = [0, 0].map((seed) => initializer(shapeOf(example), new Random(seed)))
    ensure(a!.data.buffer !== b!.data.buffer, 'two parameters would share their numbers')
  },
}

/** Five standard errors: a right initializer fails once in two million times, and the seeds do not change. */
const BOUND = 5

const scaled: Property<Initializer> = {
  name: 'the declared standard deviation around 0, over 5 seeds',
  check(example) {
    const { std } = example
    if (std === undefined) return
    const values = SEEDS.flatMap((seed) => numbersOf(draw(example, seed)))
    const count = values.length
    const mean = values.reduce((sum, value) => sum + value, 0) / count
    const variance = values.reduce((sum, value) => sum + value * value, 0) / count
    // Normal numbers have the largest error of those in use: var(s^2) = 2 sigma^4 / n.
    const [off, limit] = [Math.abs(variance / std ** 2 - 1), BOUND * Math.sqrt(2 / count)]
    ensure(off <= limit, `expected a variance of ${std ** 2} within ${100 * limit} %, got ${variance}`)
    const most = (BOUND * std) / Math.sqrt(count)
    ensure(Math.abs(mean) <= most, `expected a mean of 0 within ${most}, got ${mean}`)
  },
}

/** What must hold of every initializer. */
export const initializerProperties: readonly Property<Initializer>[] = [fills, seeded, fresh, scaled]

/** An initializer's examples crossed with {@link initializerProperties}. */
export const initializerCases = (entry: Entry<Initializer>): Case[] => casesOf(entry, initializerProperties)

/**
 * Puts an initializer through its conformance suite; `input` of an example is the shape that is filled ([48, 32] by
 * default), `std` the standard deviation that it should have.
 * @throws with all that failed.
 */
export const checkInitializer = (entry: Entry<Initializer>): Promise<void> => runAll(initializerCases(entry))
