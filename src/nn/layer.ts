import {
  type DType,
  type Example,
  ensure,
  type Random,
  register,
  type Shape,
  type Tensor,
} from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import type { Fill } from './draw.ts'

/** Fills a new parameter: its first numbers, given its shape and a random stream of its own. */
export type Initializer = (shape: Shape, random: Random) => Tensor

/** A trainable tensor of a layer. */
export interface ParamSpec {
  readonly shape: Shape
  readonly init: Initializer
  /** Whether weight decay applies by default: true for weights, false for biases and the scales of norms. */
  readonly decay: boolean
}

/** A tensor that is kept with the parameters but not trained, such as `running_mean`. */
export interface BufferSpec {
  readonly shape: Shape
  readonly init: Initializer
  readonly dtype: DType
}

/** Mean and variance of what a layer normalizes, over one batch. */
export interface Moments {
  /** Per channel [C]. */
  readonly mean: Value
  /** Biased: the sum of squares over `count`. [C] */
  readonly variance: Value
  /** How many numbers each mean is over. */
  readonly count: number
}

/** What a layer knows besides its own tensors while it builds a graph. */
export interface ForwardContext {
  /** True in the training graph, false in the evaluation graph. */
  readonly training: boolean
  /**
   * Whether layers that keep running statistics go by those of the batch instead: in the training graph, and in the graph
   * that takes statistics over a whole set (see {@link observe}), where nothing is random and nothing is updated.
   */
  readonly batchStatistics: boolean
  /** Tells what the layer found in the batch. Pooled over a whole set, it becomes the values of the two buffers. */
  observe(buffers: { readonly mean: string; readonly variance: string }, moments: Moments): void
  /** Gives a buffer its value after this step: `update({ running_mean: next })`. Only in training. */
  update(values: Readonly<Record<string, Value>>): void
  /**
   * Whether layers with chance draw: in the training graph, and in the samples of an evaluation that averages over
   * several draws (see {@link sample}).
   */
  readonly random: boolean
  /**
   * Random numbers, drawn afresh each step as a function of (seed, step, layer path), so that a resumed run sees the same
   * ones. Only where {@link random} holds. In a sample of an evaluation they are constants: a function of (seed, sample,
   * layer path), which should not have a batch axis, so that a prediction does not depend on its neighbors.
   */
  draw(shape: Shape, fill: Fill): Value
  /** A mask of `1 / keep` with probability `keep` and 0 otherwise: a {@link draw} of kind `mask`. */
  mask(shape: Shape, keep: number): Value
  /**
   * In evaluation: what `build` gives when the layers inside draw, as sample number `index` of those with this seed.
   * @throws if none of them draws.
   */
  sample(seed: number, index: number, build: () => Value): Value
}

/**
 * What `forward` works with, by name: parameters and buffers as values, children as functions.
 * They share one namespace, like the attributes of a torch module.
 */
export type Self<P, B, C> = { readonly [K in keyof P]: Value } & { readonly [K in keyof B]: Value } & {
  readonly [K in keyof C]: (x: Value) => Value
}

/** What a layer declares. */
export interface LayerSpec<
  P extends Record<string, ParamSpec> = Record<string, ParamSpec>,
  B extends Record<string, BufferSpec> = Record<string, BufferSpec>,
  C extends Record<string, Layer> = Record<string, Layer>,
> {
  readonly params?: P
  readonly buffers?: B
  readonly children?: C
  /** Composes operators: from the input to the output, for any batch size. Must not keep state. */
  forward(x: Value, self: Self<P, B, C>, context: ForwardContext): Value
}

/** A layer or a whole model: a plain tree of parameters with a way to build its graph. Holds no numbers. */
export interface Layer {
  /** The name of the kind of layer, such as `conv2d`, for messages and tables. */
  readonly type: string
  readonly params: Readonly<Record<string, ParamSpec>>
  readonly buffers: Readonly<Record<string, BufferSpec>>
  readonly children: Readonly<Record<string, Layer>>
  readonly forward: (
    x: Value,
    self: Readonly<Record<string, Value & ((x: Value) => Value)>>,
    context: ForwardContext,
  ) => Value
}

/** What the catalog says of a kind of layer. */
export interface LayerAbout<Args extends readonly unknown[]> {
  /** An activation changes each element by itself or within small groups (default: a layer). */
  readonly kind?: 'layer' | 'activation'
  /** One sentence. */
  readonly doc: string
  /** Authors, title, year. */
  readonly source?: string
  /** At least one; the conformance suites run them all. */
  readonly examples: readonly LayerExample<Args>[]
}

/** One use of a layer: `{ name: 'strided', args: [3, 4, 3, { stride: 2 }], input: [2, 3, 8, 8] }`. */
export interface LayerExample<Args extends readonly unknown[]> extends Omit<Example<Layer>, 'make'> {
  /** What the layer is made with. */
  readonly args: Args
  /** Shape of its input, batch included. */
  readonly input: Shape
}

/**
 * Makes the function that makes a kind of layer. With `about` the kind is in the catalog: `gradus list`, the docs and the
 * conformance suites find it there.
 * ```ts
 * export const linear = defineLayer(
 *   'linear',
 *   (inFeatures: number, outFeatures: number) => ({
 *     params: { weight: weight([outFeatures, inFeatures]), bias: bias([outFeatures]) },
 *     forward: (x, { weight, bias }) => gemm(x, weight, { bias, transB: true }),
 *   }),
 *   { doc: 'y = x W^T + b.', examples: [{ name: 'rows', args: [5, 3], input: [4, 5] }] },
 * )
 * ```
 */
export function defineLayer<
  Args extends readonly unknown[],
  P extends Record<string, ParamSpec> = Record<never, never>,
  B extends Record<string, BufferSpec> = Record<never, never>,
  C extends Record<string, Layer> = Record<never, never>,
>(
  type: string,
  make: (...args: Args) => LayerSpec<P, B, C>,
  about?: LayerAbout<NoInfer<Args>>,
): (...args: Args) => Layer {
  const define = (...args: Args): Layer => {
    const { params = {}, buffers = {}, children = {}, forward } = make(...args)
    expectNames(type, [params, buffers, children].flatMap(Object.keys))
    expectLayers(type, children)
    return { type, params, buffers, children, forward: forward as unknown as Layer['forward'] }
  }
  if (about) {
    const { kind = 'layer', examples, ...rest } = about
    const made = examples.map((example) => ({ ...example, make: () => define(...example.args) }))
    const makeWith = (args: readonly unknown[]) => define(...(args as Args))
    register<Layer>({ kind, name: type, ...rest, examples: made, makeWith })
  }
  return define
}

function expectLayers(type: string, children: Readonly<Record<string, unknown>>): void {
  for (const [name, child] of Object.entries(children)) {
    const isLayer = typeof child === 'object' && child !== null && 'forward' in child
    ensure(
      isLayer,
      `${type}: expected a layer as "${name}", got ${child === null ? 'null' : typeof child}`,
      ...(typeof child === 'function' ? ['call the function that makes it: nn.relu() is a layer'] : []),
    )
  }
}

/** Names are joined by dots and share one namespace. */
function expectNames(type: string, names: readonly string[]): void {
  const dotted = names.find((name) => name === '' || name.includes('.'))
  ensure(dotted === undefined, `${type}: "${dotted}" cannot be a name: it is empty or has a dot`)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  ensure(twice === undefined, `${type}: "${twice}" names two of its parameters, buffers and children`)
}
