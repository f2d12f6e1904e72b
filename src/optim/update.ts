import { type DType, ensure, isFloat, type Shape, sizeOf, type Tensor, zeros } from '../core/index.ts'
import { Graph, input, sortedNodes, type Value, withScope } from '../graph/index.ts'
import { add } from '../ops/index.ts'
import { groupOf } from './groups.ts'
import { keyed } from './keys.ts'
import type { Link, Optimizer, ParamFacts } from './link.ts'

/** A parameter as an optimizer sees it before there are values. */
export interface ParamInfo {
  readonly name: string
  readonly shape: Shape
  /** Whether weight decay applies by default. */
  readonly decay: boolean
  /** Default: float32. */
  readonly dtype?: DType
}

/**
 * The whole chain for one parameter as an element-wise graph. Inputs: `p` and `g` (parameter and gradient), the state
 * (`state/momentum/velocity`), and the numbers of the step (`scalar/byRate/rate`, shape []) that {@link scalarsAt} and
 * {@link reduceAt} give. Outputs: `p` and the state after the update, under the same names.
 *
 * All but the scalars have shape [n], n being the number of elements: the layout does not matter to an element-wise
 * graph, and parameters of one size share one graph.
 */
export function updateGraph(optimizer: Optimizer, param: ParamInfo): Graph {
  const { inputs, p, update, state } = follow(optimizer, param)
  return new Graph(inputs, { p: add(p, update), ...state })
}

/**
 * The terms that a parameter adds to the sums of a link's reduction: an element-wise graph from those of
 * {@link updateGraph}'s inputs that it needs to one output of shape [n] for each sum.
 */
export function sumsGraph(optimizer: Optimizer, param: ParamInfo, key: string): Graph {
  const link = keyed(optimizer.links).find((other) => other.key === key)?.link
  ensure(link?.reduce, `${optimizer.name}: link "${key}" has no sums`)
  const { inputs, update } = follow(optimizer, param, key)
  const terms = withScope(key, () => mapValues(link.reduce!.sums, (term) => term(update)))
  return new Graph(neededOf(inputs, Object.values(terms)), terms)
}

/** The chain up to the link called `until`, or all of it: what has become of the gradient, and of the state. */
function follow(optimizer: Optimizer, param: ParamInfo, until?: string) {
  const { dtype = 'float32' } = param
  ensure(isFloat(dtype), `parameter "${param.name}": expected floating-point numbers to train, got ${dtype}`)
  const shape = [sizeOf(param.shape)]
  const p = input('p', shape, dtype)
  let update = input('g', shape, dtype)
  const inputs = [p, update]
  const state: Record<string, Value> = {}
  const take = (kind: string, key: string, declared: object, of: Shape) =>
    mapValues(fullNames(kind, key, declared), (name) => {
      const value = input(name, of, dtype)
      inputs.push(value)
      return value
    })
  const facts = factsOf(optimizer, param)
  for (const { key, link } of keyed(optimizer.links)) {
    if (key === until) break
    if (!acts(link, facts)) continue
    const held = take('state', key, { ...link.state }, shape)
    const scalars = take('scalar', key, { ...link.scalars, ...link.reduce?.scalars }, [])
    const result = withScope(key, () => link.update(update, held, { ...facts, value: p }, scalars))
    update = result.update
    for (const [name, full] of Object.entries(fullNames('state', key, { ...link.state }))) {
      const next = result.state?.[name]
      ensure(next, `link "${link.name}" declares state "${name}", but its update does not return it`)
      state[full] = next
    }
  }
  return { inputs, p, update, state }
}

/** The state that an optimizer starts with for one parameter: tensors of its shape under the names of the inputs. */
export function initialState(optimizer: Optimizer, param: ParamInfo): Record<string, Tensor> {
  const state: Record<string, Tensor> = {}
  const facts = factsOf(optimizer, param)
  for (const { key, link } of keyed(optimizer.links)) {
    if (!acts(link, facts)) continue
    for (const [name, start] of Object.entries(link.state ?? {})) {
      const made = zeros<DType>(param.shape, param.dtype ?? 'float32')
      if (start !== 0) (made.data as Float32Array).fill(start)
      state[`state/${key}/${name}`] = made
    }
  }
  return state
}

/** The constraints on one parameter, in the order of the links. */
export function constraintsOf(optimizer: Optimizer, param: ParamInfo) {
  const facts = factsOf(optimizer, param)
  return optimizer.links.flatMap((link) => link.constraint?.(facts) ?? [])
}

/**
 * What a state tensor is called in a checkpoint: `state/momentum/velocity` of `fc1.weight` is
 * `optimizer/momentum/velocity/fc1.weight`.
 */
export const checkpointName = (state: string, param: string): string =>
  `${state.replace(/^state\//, 'optimizer/')}/${param}`

const factsOf = (optimizer: Optimizer, { name, shape, decay }: ParamInfo): ParamFacts => ({
  name,
  shape,
  decay,
  group: groupOf(optimizer, name),
})

const acts = (link: Link, facts: ParamFacts): boolean => link.applies?.(facts) ?? true

/** Those of the inputs that the values depend on. */
function neededOf(inputs: readonly Value[], values: readonly Value[]): Value[] {
  const read = new Set([...values, ...sortedNodes(values).flatMap((node) => [...node.inputs])])
  return inputs.filter((value) => read.has(value))
}

const fullNames = (kind: string, key: string, declared: object): Record<string, string> =>
  Object.fromEntries(Object.keys(declared).map((name) => [name, `${kind}/${key}/${name}`]))

const mapValues = <T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
