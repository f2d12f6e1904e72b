import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { Random, type Shape } from '../../src/core/index.ts'
import { Graph, input, type Value } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { add, gemm, mul, sigmoid, sum } from '../../src/ops/index.ts'
import { lower } from '../../src/runtime/lowering/index.ts'
import { evaluationGraph, expectSame, feedsOf, normal, trainingGraph } from './support.ts'

/** Tokens enough that what is made of them in between fits no cache, of a number that no tile divides. */
const tokens: Shape = [17, 643, 24]
const wide = 384
/** The tiles that they are worked through in. */
const tiles = 5

const feedForward = (options: { bias?: boolean } = {}, activation: nn.Layer = nn.gelu()) =>
  nn.sequential(nn.linear(24, wide, options), activation, nn.linear(wide, 24, options))

/** How many nodes of a type the lowered graph has. */
const count = (graph: Graph, type: string): number =>
  lower(graph, { block: undefined }).nodes.filter(({ op }) => op.type === type).length

/** Products over values and the gradients of all of them. */
function graphOf(
  names: Readonly<Record<string, Shape>>,
  build: (values: Record<string, Value>) => Value,
): Graph {
  const values = Object.fromEntries(Object.entries(names).map(([name, shape]) => [name, input(name, shape)]))
  const inputs = Object.values(values)
  const y = build(values)
  const grads = gradients(sum(mul(y, y)), inputs)
  return new Graph(inputs, {
    y,
    ...Object.fromEntries(grads.map((grad, i) => [`grad ${inputs[i]!.name}`, grad])),
  })
}

async function expectSameOf(graph: Graph): Promise<void> {
  const random = new Random(0)
  await expectSame(
    graph,
    Object.fromEntries(graph.inputs.map(({ name, shape }) => [name!, normal(shape, random)])),
  )
}

describe('what is wide between two products', () => {
  it('is made in tiles of rows, and so are its gradients', async () => {
    const model = feedForward()
    const graph = trainingGraph(model, tokens)
    expect(count(graph, 'Gelu')).toBe(tiles)
    expect(count(graph, 'Conv')).toBe(2 * tiles)
    expect(count(graph, 'Concat')).toBe(4) // the weight and its offset, the inputs and ones, and what goes out either way
    await expectSame(graph, feedsOf(graph, model, 0))
  })

  it.each([
    ['without offsets', feedForward({ bias: false })],
    ['of another function', feedForward({}, nn.silu())],
    ['with numbers that are drawn', feedForward({}, nn.sequential(nn.gelu(), nn.dropout(0.3)))],
    ['that is wide twice', nn.sequential(feedForward(), nn.linear(24, wide), nn.relu(), nn.linear(wide, 8))],
  ])('gives what the plain graph gives, %s', async (_, model) => {
    const graph = trainingGraph(model, tokens)
    expect(count(graph, 'Conv')).toBeGreaterThanOrEqual(2 * tiles)
    await expectSame(graph, feedsOf(graph, model, 0))
  })

  it.each(['0.weight', '0.bias', '2.weight'])('leaves a frozen %s without gradient', async (frozen) => {
    const model = feedForward()
    const graph = trainingGraph(model, tokens, (name) => name === frozen)
    expect(count(graph, 'Gelu')).toBe(tiles)
    await expectSame(graph, feedsOf(graph, model, 0))
  })

  it('is so in evaluation', async () => {
    const model = feedForward()
    const graph = evaluationGraph(model, tokens)
    expect(count(graph, 'Gelu')).toBe(tiles)
    await expectSame(graph, feedsOf(graph, model, 0))
  })

  it('may come from several products of the same rows', async () => {
    const rows = 10_931
    const weights = { w1: [wide, 24], w2: [wide, 24], w3: [24, wide], b1: [wide], b2: [wide] }
    const graph = graphOf({ x: [rows, 24], ...weights }, ({ x, w1, w2, w3, b1, b2 }) => {
      const gate = sigmoid(gemm(x!, w1!, { bias: b1, transB: true }))
      return gemm(mul(gate, gemm(x!, w2!, { bias: b2, transB: true })), w3!, { transB: true })
    })
    expect(count(graph, 'Sigmoid')).toBe(tiles)
    await expectSameOf(graph)
  })

  it('stays whole where something else needs it: the outputs, or what mixes rows', async () => {
    const made = graphOf({ x: [10_931, 24], w: [wide, 24], v: [8, wide] }, ({ x, w, v }) =>
      gemm(sigmoid(gemm(x!, w!, { transB: true })), v!, { transB: true }),
    )
    const shown = made.nodes.find(({ op }) => op.type === 'Sigmoid')!.outputs[0]!
    const graph = new Graph(made.inputs, { ...made.results, shown })
    expect(count(graph, 'Sigmoid')).toBe(1)
    await expectSameOf(graph)
    const positions = graphOf(
      { x: [10_931, 24], w: [wide, 24], v: [8, wide], p: [643, wide] },
      ({ x, w, v, p }) => {
        const h = add(gemm(x!, w!, { transB: true }).reshape([17, 643, wide]), p!)
        return gemm(sigmoid(h).reshape([10_931, wide]), v!, { transB: true })
      },
    )
    await expectSameOf(positions)
  })

  it('stays whole where it is small', () => {
    expect(count(trainingGraph(feedForward(), [17, 600, 24]), 'Gelu')).toBe(1)
  })
})
