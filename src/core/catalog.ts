import type { DType } from './dtype.ts'
import { GradusError } from './errors.ts'
import type { Shape } from './shape.ts'

/** What a person can choose by name. */
export type Kind =
  | 'activation'
  | 'layer'
  | 'initializer'
  | 'loss'
  | 'transform'
  | 'optimizer'
  | 'minimizer'
  | 'schedule'
  | 'hook'
  | 'augmentation'
  | 'preprocessing'
  | 'sampling'
  | 'check'

/** One use of a thing, for the conformance suites. */
export interface Example<T> {
  /** What is special about it, such as `stride 2`. */
  readonly name: string
  readonly make: () => T
  /** What it is made with. */
  readonly args?: readonly unknown[]
  /** Shape of what goes in, batch included, for layers and activations; of what is filled, for initializers. */
  readonly input?: Shape
  /** Dtype of what goes in (default float32). */
  readonly dtype?: DType
  /** For random initializers: the standard deviation of a tensor of shape `input`. */
  readonly std?: number
}

/**
 * What Gradus knows of a thing that it offers under a name. The record stands beside the definition; `gradus list`, the
 * docs and the conformance suites find it here, without its being named anywhere else.
 */
export interface Entry<T = unknown> {
  readonly kind: Kind
  readonly name: string
  /** One sentence. */
  readonly doc: string
  /** Where it comes from: authors, title, year. */
  readonly source?: string
  /** At least one. */
  readonly examples: readonly Example<T>[]
  /** Makes one with other arguments than those of the examples: the suites try what must be refused. */
  readonly makeWith?: (args: readonly unknown[]) => unknown
}

const entries = new Map<string, Entry>()

/** Adds a thing to the catalog. */
export function register<T>(entry: Entry<T>): void {
  const key = `${entry.kind} ${entry.name}`
  if (entries.has(key)) throw new GradusError(`${key} is registered twice`)
  if (entry.examples.length === 0) throw new GradusError(`${key} is registered without an example`)
  entries.set(key, entry)
}

/** What is said of a function that makes things of a kind, beside its definition. */
export interface About<Args extends readonly unknown[]> {
  /** One sentence. */
  readonly doc: string
  /** Authors, title, year. */
  readonly source?: string
  /** At least one: what is special about it, and the arguments. */
  readonly examples: readonly { readonly name: string; readonly args: Args }[]
}

/** Adds what `make` makes to the catalog. */
export function registerMaker<Args extends readonly unknown[], T>(
  kind: Kind,
  name: string,
  make: (...args: Args) => T,
  { examples, ...about }: About<Args>,
): void {
  const made = examples.map((example) => ({ ...example, make: () => make(...example.args) }))
  register<T>({ kind, name, ...about, examples: made, makeWith: (args) => make(...(args as Args)) })
}

/** All things of a kind that are loaded, in order of registration; all kinds by default. */
export function catalog(kind?: Kind): readonly Entry[] {
  return [...entries.values()].filter((entry) => kind === undefined || entry.kind === kind)
}
