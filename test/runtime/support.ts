import { expect } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { Random, type Shape, sizeOf, type Tensor, tensor } from '../../src/core/index.ts'
import { constant, Graph, input, type Value } from '../../src/graph/index.ts'
import { initialize, type Layer, trace } from '../../src/nn/index.ts'
import { mul, sum } from '../../src/ops/index.ts'
import { compileGraph } from '../../src/runtime/index.ts'

/** Output, all gradients and buffer updates of a model in training; frozen parameters get no gradient. */
export function trainingGraph(model: Layer, shape: Shape, frozen = (_: string) => false): Graph {
  const x = input('x', shape)
  const { output, tensors, updates, draws } = trace(model, x, { training: true, frozen })
  const weights = input('weights', output.shape)
  const wrt = [x, ...tensors.values()].filter(({ name }) => !name!.includes('running') && !frozen(name!))
  const outputs: Record<string, Value> = { output }
  gradients(sum(mul(output, weights)), wrt).forEach((grad, i) => {
    outputs[`grad ${wrt[i]!.name}`] = grad
  })
  for (const [name, value] of updates) outputs[`next ${name}`] = value
  return new Graph([x, weights, ...tensors.values(), ...draws.map(({ value }) => value)], outputs)
}

/** The output of a model in evaluation; its parameters and buffers are inputs, or constants if they are given. */
export function evaluationGraph(model: Layer, shape: Shape, held?: Readonly<Record<string, Tensor>>): Graph {
  const x = input('x', shape)
  const values = held && new Map(Object.entries(held).map(([name, given]) => [name, constant(given)]))
  const { output, tensors } = trace(model, x, { training: false, values })
  return new Graph([x, ...(held ? [] : tensors.values())], { output })
}

export const normal = (shape: Shape, random: Random): Tensor =>
  tensor(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  )

/** Numbers for the inputs of a model's graph: weights as they start, variances between 0.5 and 2, the rest normal. */
export function feedsOf(graph: Graph, model: Layer, seed: number): Record<string, Tensor> {
  const held = initialize(model, seed)
  const feeds = graph.inputs.map(({ name, shape }): [string, Tensor] => {
    const random = new Random(seed, name!)
    const draw = /running_var/.test(name!) ? () => random.uniform(0.5, 2) : () => random.normal()
    const drawn = tensor(Float32Array.from({ length: sizeOf(shape) }, draw), shape)
    const given = held.get(name!)
    return [name!, given && !/bias|running/.test(name!) ? given : drawn]
  })
  return Object.fromEntries(feeds)
}

/** Relative to the largest element, or to `least` if that is more. */
export function distance(a: Tensor, b: Tensor, least = 1e-12): number {
  let [worst, scale] = [0, least]
  for (let i = 0; i < a.data.length; i++) {
    scale = Math.max(scale, Math.abs(Number(b.data[i])))
    worst = Math.max(worst, Math.abs(Number(a.data[i]) - Number(b.data[i])))
  }
  return worst / scale
}

/** Fails unless the lowered graph gives what the plain one gives, but for rounding. */
export async function expectSame(graph: Graph, feeds: Readonly<Record<string, Tensor>>): Promise<void> {
  const plain = await (await compileGraph(graph, { lowering: false })).call(feeds)
  const fast = await (await compileGraph(graph)).call(feeds)
  const wrong = Object.entries(plain).filter(([name, value]) => !(distance(fast[name]!, value) < 2e-5))
  expect(wrong.map(([name]) => name)).toEqual([])
}
