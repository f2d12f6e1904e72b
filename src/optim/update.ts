import { type DType, ensure, isFloat, type Shape, sizeOf, type Tensor, zeros } from '../core/index.ts'
import { Graph, input, type Value, withScope } from '../graph/index.ts'
import { add } from '../ops/index.ts'
import type { Horizon } from '../schedules/index.ts'
import type { Link, Optimizer } from './link.ts'

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
 * (`state/momentum/velocity`), and the numbers of the step (`scalar/byRate/rate`, shape []) that {@link scalarsAt} gives.
 * Outputs: `p` and the state after the update, under the same names.
 *
 * All but the scalars have shape [n], n being the number of elements: the layout does not matter to an element-wise
 * graph, and parameters of one size share one graph.
 */
export function updateGraph(optimizer: Optimizer, param: ParamInfo): Graph {
  const { dtype = 'float32' } = param
  ensure(isFloat(dtype), `parameter "${param.name}": expected floating-point numbers to train, got ${dtype}`)
  const shape = [sizeOf(param.shape)]
  const p = input('p', shape, dtype)
  const g = input('g', shape, dtype)
  const inputs = [p, g]
  const outputs: Record<string, Value> = {}
  const take = (names: Readonly<Record<string, string>>, of: Shape) =>
    mapValues(names, (name) => {
      const value = input(name, of, dtype)
      inputs.push(value)
      return value
    })

  let update = g
  for (const { key, link } of linksFor(optimizer, param)) {
    const state = take(names('state', key, link.state), shape)
    const scalars = take(names('scalar', key, link.scalars), [])
    const result = withScope(key, () =>
      link.update(update, state, { name: param.name, decay: param.decay, value: p }, scalars),
    )
    update = result.update
    for (const [name, full] of Object.entries(names('state', key, link.state))) {
      const next = result.state?.[name]
      ensure(next, `link "${link.name}" declares state "${name}", but its update does not return it`)
      outputs[full] = next
    }
  }
  return new Graph(inputs, { p: add(p, update), ...outputs })
}

/** The numbers of a step for the scalar inputs of {@link updateGraph}, for all parameters alike. */
export function scalarsAt(optimizer: Optimizer, step: number, horizon?: Horizon): Record<string, number> {
  const scalars: Record<string, number> = {}
  for (const { key, link } of keyed(optimizer.links)) {
    for (const [name, schedule] of Object.entries(link.scalars ?? {})) {
      const value = schedule(step, horizon)
      ensure(Number.isFinite(value), `${key}: ${name} is ${value} at step ${step}`)
      scalars[`scalar/${key}/${name}`] = value
    }
  }
  return scalars
}

/** The state that an optimizer starts with for one parameter: tensors of its shape under the names of the inputs. */
export function initialState(optimizer: Optimizer, param: ParamInfo): Record<string, Tensor> {
  const state: Record<string, Tensor> = {}
  for (const { key, link } of linksFor(optimizer, param)) {
    for (const [name, start] of Object.entries(link.state ?? {})) {
      const made = zeros<DType>(param.shape, param.dtype ?? 'float32')
      if (start !== 0) (made.data as Float32Array).fill(start)
      state[`state/${key}/${name}`] = made
    }
  }
  return state
}

/**
 * What a state tensor is called in a checkpoint: `state/momentum/velocity` of `fc1.weight` is
 * `optimizer/momentum/velocity/fc1.weight`.
 */
export const checkpointName = (state: string, param: string): string =>
  `${state.replace(/^state\//, 'optimizer/')}/${param}`

/** The links that act on a parameter. */
const linksFor = (optimizer: Optimizer, { name, decay }: ParamInfo) =>
  keyed(optimizer.links).filter(({ link }) => link.applies?.({ name, decay }) ?? true)

/** Links under distinct keys: their names, with `.2`, `.3` where a name comes again. */
function keyed(links: readonly Link[]): { key: string; link: Link }[] {
  const counts = new Map<string, number>()
  return links.map((link) => {
    const count = (counts.get(link.name) ?? 0) + 1
    counts.set(link.name, count)
    return { key: count === 1 ? link.name : `${link.name}.${count}`, link }
  })
}

const names = (kind: string, key: string, declared: object = {}): Record<string, string> =>
  Object.fromEntries(Object.keys(declared).map((name) => [name, `${kind}/${key}/${name}`]))

const mapValues = <T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
