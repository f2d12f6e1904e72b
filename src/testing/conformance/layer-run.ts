import { gradients } from '../../autodiff/index.ts'
import { type Example, ensure, isFloat, numbersOf, Random, type Tensor, tensor } from '../../core/index.ts'
import { constant, currentScope, Graph, input, type Value } from '../../graph/index.ts'
import { drawTensor } from '../../nn/draw.ts'
import { type ForwardContext, initialize, type Layer, parametersOf, trace } from '../../nn/index.ts'
import { type CompileOptions, compileGraph } from '../../runtime/index.ts'
import { type Float, floats, tensorsOf } from '../sample.ts'

/** What is tested is the graph itself; and examples are small: waking other threads costs more than they compute. */
export const plainly: CompileOptions = { lowering: false, threads: 1 }

/** An example of a layer with numbers: an input, parameters and buffers. */
export interface Subject {
  readonly layer: Layer
  readonly x: Tensor
  /** Parameters and buffers by name. */
  readonly tensors: ReadonlyMap<string, Tensor>
}

/** Makes an example of a layer, with its own first numbers and an input of distinct numbers in -2 .. 2. */
export function subjectOf(example: Example<Layer>, float: Float = 'float32'): Subject {
  const layer = example.make()
  const tensors = new Map<string, Tensor>()
  for (const [name, held] of initialize(layer, 0)) {
    tensors.set(name, held.dtype === 'float32' ? tensor(numbersOf(held), held.shape, float) : held)
  }
  return { layer, x: inputOf(example, float), tensors }
}

function inputOf({ name, input: shape, dtype = 'float32' }: Example<Layer>, float: Float): Tensor {
  ensure(shape, `example "${name}" does not say what goes in`, 'give it input: [2, 3, 8, 8] or the like')
  const [x] = tensorsOf({ name, inputs: [floats(shape)], build: (x) => x! }, float)
  if (isFloat(dtype)) return x!
  const random = new Random('input', name) // the numbers of tokens, of which there are at least two
  return tensor(
    Array.from({ length: x!.data.length }, () => random.integer(2)),
    shape,
    dtype,
  )
}

/** The rows `from .. to - 1` of a batch. */
export function rowsOf({ dtype, shape, data }: Tensor, from: number, to: number): Tensor {
  const size = data.length / shape[0]!
  return {
    dtype,
    shape: [to - from, ...shape.slice(1)],
    data: data.slice(from * size, to * size),
  } as Tensor
}

/** The layer with what it draws in training drawn once for all, as a function of `seed` and its place, and put in. */
export function withFixedDraws(layer: Layer, seed: number, float: Float = 'float32'): Layer {
  const children = Object.entries(layer.children).map(([key, child]) => [
    key,
    withFixedDraws(child, seed, float),
  ])
  return {
    ...layer,
    children: Object.fromEntries(children),
    forward: (x, self, context) =>
      layer.forward(x, self, context.training ? fixedDraws(context, seed, float) : context),
  }
}

function fixedDraws(context: ForwardContext, seed: number, float: Float): ForwardContext {
  let count = 0
  const draw: ForwardContext['draw'] = (shape, fill) => {
    const drawn = drawTensor(shape, fill, new Random(seed, 'draw', currentScope(), count++))
    return constant(drawn.dtype === 'float32' ? tensor(numbersOf(drawn), shape, float) : drawn)
  }
  return { ...context, draw, mask: (shape, keep) => draw(shape, { kind: 'mask', keep }) }
}

export interface RunOptions {
  readonly training: boolean
  /** Of what the layer draws (default 0). */
  readonly seed?: number
}

/** What came out of a layer. */
export interface Ran {
  readonly output: Tensor
  /** New values of buffers. */
  readonly updates: ReadonlyMap<string, Tensor>
  /** Of a random combination of the outputs, by parameter; `x` for the input unless that holds integers. */
  readonly gradients: ReadonlyMap<string, Tensor>
}

/** Runs a layer forward and backward on its input. */
export async function runLayer(subject: Subject, options: RunOptions): Promise<Ran> {
  const run = await compileLayer(subject, options)
  return run(subject.x)
}

export type Runner = (x: Tensor) => Promise<Ran>

const runners = new WeakMap<Example<Layer>, Map<boolean, Promise<Runner>>>()

/** An example forward and backward, compiled when the first property asks for it. */
export function runnerOf(example: Example<Layer>, training: boolean): Promise<Runner> {
  const known = runners.get(example) ?? new Map<boolean, Promise<Runner>>()
  runners.set(example, known)
  const runner = known.get(training) ?? compileLayer(subjectOf(example), { training })
  known.set(training, runner)
  return runner
}

/** Compiles a layer forward and backward, for any input of the shape that the subject has. */
export async function compileLayer(
  { layer, x, tensors }: Subject,
  { training, seed = 0 }: RunOptions,
): Promise<Runner> {
  const xValue = input('x', x.shape, x.dtype)
  const values = new Map(
    [...tensors].map(([name, { shape, dtype }]) => [name, input(`t:${name}`, shape, dtype)]),
  )
  const { output, updates } = trace(withFixedDraws(layer, seed), xValue, { training, values })
  const wrt = new Map<string, Value>(isFloat(x.dtype) ? [['x', xValue]] : [])
  for (const { name } of parametersOf(layer)) wrt.set(name, values.get(name)!)
  const found = gradients(output, [...wrt.values()], constant(weightsLike(output)))
  const graph = new Graph([xValue, ...values.values()], {
    output,
    ...Object.fromEntries([...updates].map(([name, value]) => [`u:${name}`, value])),
    ...Object.fromEntries([...wrt.keys()].map((name, i) => [`g:${name}`, found[i]!])),
  })
  const program = await compileGraph(graph, plainly)
  const feeds = Object.fromEntries([...tensors].map(([name, held]) => [`t:${name}`, held]))
  return async (given) => {
    const results = await program.call({ x: given, ...feeds })
    const pick = (prefix: string, names: Iterable<string>) =>
      new Map([...names].map((name) => [name, results[`${prefix}:${name}`]!]))
    return {
      output: results.output!,
      updates: pick('u', updates.keys()),
      gradients: pick('g', wrt.keys()),
    }
  }
}

/** Random numbers of a value's shape and dtype. */
export function weightsLike({ shape, dtype }: Value): Tensor {
  const random = new Random('weights', ...shape)
  const size = shape.reduce((product, n) => product * n, 1)
  return tensor(
    Array.from({ length: size }, () => random.normal()),
    shape,
    dtype,
  )
}
