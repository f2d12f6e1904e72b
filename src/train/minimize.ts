import { gradients } from '../autodiff/index.ts'
import { ensure, formatShape, isFloat, sizeOf, type Tensor, type TypedArray } from '../core/index.ts'
import { Graph, input, type Value } from '../graph/index.ts'
import { add, mul, sum } from '../ops/index.ts'
import {
  type DescentOptions,
  descend,
  lbfgs,
  type Minimizer,
  type Minimum,
  type Objective,
} from '../optim/index.ts'
import { type CompileOptions, compileGraph, type Program } from '../runtime/index.ts'

export interface MinimizeOptions extends DescentOptions, CompileOptions {
  /** `lbfgs()` (default), `bfgs()`, `newtonCg()` or `newton()`. */
  readonly method?: Minimizer
}

type Start = Tensor | Readonly<Record<string, Tensor>>
type Values<S extends Start> = S extends Tensor ? Value : { readonly [K in keyof S]: Value }

/** Where a minimization came to; `at` are the parameters there, in the form of the start. */
export interface Minimized<S extends Start> extends Omit<Minimum, 'x'> {
  readonly at: S
}

/**
 * Finds a minimum of a function that is computed in full, such as the loss over a whole data set.
 * ```ts
 * const rosenbrock = (p: Value) => ...                      // a scalar
 * const { at, value } = await minimize(rosenbrock, tensor([-1, 1], [2], 'float64'), { method: newton() })
 * const { at } = await minimize(({ weight, bias }) => loss(x, weight, bias), { weight, bias }, { method: lbfgs() })
 * ```
 * The graph of the function and its gradients, and that of the products with its second derivatives if the method asks
 * for them, are compiled once. Use float64 where the operators have it: near a minimum the function is flat, and float32
 * hides its last digits. The starting tensors stay as they are.
 *
 * @param f from symbolic parameters to a scalar.
 * @param start a tensor, or tensors by name.
 * @throws if `f` does not give a scalar, or nothing finite at the start.
 */
export async function minimize<S extends Start>(
  f: (parameters: Values<S>) => Value,
  start: S,
  options: MinimizeOptions = {},
): Promise<Minimized<S>> {
  const { method = lbfgs(), threads, lowering, ...descent } = options
  const single = isTensor(start)
  const given: Readonly<Record<string, Tensor>> = single ? { x: start } : (start as Record<string, Tensor>)
  for (const [name, { dtype }] of Object.entries(given)) {
    ensure(isFloat(dtype), `minimize: expected floating-point numbers for "${name}", got ${dtype}`)
  }
  const build = (inputs: Readonly<Record<string, Value>>) => f((single ? inputs.x : inputs) as Values<S>)
  const objective = objectiveOf(build, given, { threads, lowering })
  const { x, ...found } = await descend(objective, flattened(Object.values(given)), method, descent)
  const at = unflattened(given, x)
  return { ...found, at: (single ? at.x : at) as S }
}

const isTensor = (start: Start): start is Tensor => ArrayBuffer.isView(start.data)

/** A function of symbolic values as one of numbers; its graphs are compiled when they are first needed. */
function objectiveOf(
  build: (inputs: Readonly<Record<string, Value>>) => Value,
  given: Readonly<Record<string, Tensor>>,
  options: CompileOptions,
): Objective {
  const names = Object.keys(given)
  const inputsOf = (prefix = '') =>
    names.map((name) => input(`${prefix}${name}`, given[name]!.shape, given[name]!.dtype))
  const forward = () => {
    const inputs = inputsOf()
    const value = build(Object.fromEntries(names.map((name, i) => [name, inputs[i]!])))
    ensure(
      value.rank === 0,
      `minimize: expected a function with a scalar value, got ${formatShape(value.shape)}`,
    )
    return { inputs, value, slopes: gradients(value, inputs) }
  }
  const named = (values: readonly Value[]) =>
    Object.fromEntries(names.map((name, i) => [`d ${name}`, values[i]!]))
  const first = once(() => {
    const { inputs, value, slopes } = forward()
    return compileGraph(new Graph(inputs, { value, ...named(slopes) }), options)
  })
  const second = once(() => {
    const { inputs, slopes } = forward()
    const along = inputsOf('along ')
    const total = slopes.map((slope, i) => sum(mul(slope, along[i]!))).reduce((a, b) => add(a, b))
    return compileGraph(new Graph([...inputs, ...along], named(gradients(total, inputs))), options)
  })
  const derivatives = (program: Program) => flattened(names.map((name) => program.outputs[`d ${name}`]!))
  return {
    async evaluate(x) {
      const program = await first()
      feed(program, names, x)
      await program.run()
      return { value: Number(program.outputs.value!.data[0]), gradient: derivatives(program) }
    },
    async hessianVector(x, v) {
      const program = await second()
      feed(program, names, x)
      feed(program, names, v, 'along ')
      await program.run()
      return derivatives(program)
    },
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Spreads a vector over the inputs of a program. */
function feed(program: Program, names: readonly string[], x: Float64Array, prefix = ''): void {
  let from = 0
  for (const name of names) {
    const { data } = program.inputs[`${prefix}${name}`]!
    ;(data as Float64Array).set(x.subarray(from, from + data.length))
    from += data.length
  }
}

function flattened(tensors: readonly Tensor[]): Float64Array {
  const x = new Float64Array(tensors.reduce((total, { shape }) => total + sizeOf(shape), 0))
  let from = 0
  for (const { data } of tensors) {
    x.set(data as Float64Array, from)
    from += data.length
  }
  return x
}

function unflattened(given: Readonly<Record<string, Tensor>>, x: Float64Array): Record<string, Tensor> {
  let from = 0
  return Object.fromEntries(
    Object.entries(given).map(([name, tensor]) => {
      const data = tensor.data.slice() as Exclude<TypedArray, BigInt64Array>
      data.set(x.subarray(from, from + data.length))
      from += data.length
      return [name, { ...tensor, data }]
    }),
  )
}
