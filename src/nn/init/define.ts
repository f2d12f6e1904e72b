import {
  type Example,
  ensure,
  type Random,
  register,
  type Shape,
  unknownName,
  zeros,
} from '../../core/index.ts'
import type { Initializer } from '../layer.ts'

/** What the catalog says of an initializer. */
export interface InitializerAbout<Args extends readonly unknown[]> {
  /** One sentence. */
  readonly doc: string
  /** Authors, title, year. */
  readonly source?: string
  /** At least one; the conformance suites run them all. */
  readonly examples: readonly InitializerExample<Args>[]
}

/** One use of an initializer: `{ name: 'small', args: [0.01], input: [60, 150], std: 0.01 }`. */
export interface InitializerExample<Args extends readonly unknown[]>
  extends Pick<Example<Initializer>, 'name' | 'std'> {
  /** What the initializer is made with. */
  readonly args: Args
  /** The shape that it fills. */
  readonly input: Shape
}

/**
 * Puts a function that makes initializers into the catalog.
 * ```ts
 * export const normal = defineInitializer('normal', (std: number) => filled((random) => random.normal(0, std)), {
 *   doc: 'Normal numbers with mean 0.',
 *   examples: [{ name: 'small', args: [0.01], input: [60, 150], std: 0.01 }],
 * })
 * ```
 * @returns `make`.
 */
export function defineInitializer<Args extends readonly unknown[]>(
  name: string,
  make: (...args: Args) => Initializer,
  { examples, ...about }: InitializerAbout<NoInfer<Args>>,
): (...args: Args) => Initializer {
  const made = examples.map((example) => ({ ...example, make: () => make(...example.args) }))
  const makeWith = (args: readonly unknown[]) => make(...(args as Args))
  register<Initializer>({ kind: 'initializer', name, ...about, examples: made, makeWith })
  return make
}

/** Every element drawn by itself. */
export const filled =
  (draw: (random: Random) => number): Initializer =>
  (shape, random) => {
    const result = zeros(shape)
    for (let i = 0; i < result.data.length; i++) result.data[i] = draw(random)
    return result
  }

/** Fails unless an option of the initializer `name` is a positive number. */
export function expectPositive(name: string, what: string, value: number): void {
  ensure(Number.isFinite(value) && value > 0, `init.${name}: expected ${what} > 0, got ${value}`)
}

/** Fails unless an option of the initializer `name` is a side that there is. */
export function expectFan(name: string, fan: string): void {
  if (fan !== 'in' && fan !== 'out') throw unknownName(`fan of init.${name}`, fan, ['in', 'out'])
}
