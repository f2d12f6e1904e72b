import { describe, expect, it } from 'vitest'
import { type Shape, sameShape } from '../../src/core/index.ts'
import type { Graph } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { lower } from '../../src/runtime/lowering/index.ts'
import { evaluationGraph, expectSame, feedsOf, trainingGraph } from './support.ts'

/** Sequences so many that all gates of all steps fit no cache. */
const large: Shape = [64, 24, 10]
const hidden = 172

const nodesOf = (graph: Graph, type: string) =>
  lower(graph, { block: undefined }).nodes.filter(({ op }) => op.type === type)

/** How many products of the lowered graph, other than weights' gradients, read rows of `width` numbers. */
const productsOver = (graph: Graph, width: number): number =>
  nodesOf(graph, 'Gemm').filter(({ inputs: [a], attrs }) => !attrs.transA && a!.shape[1] === width).length

describe('recurrent layers whose gates fit no cache', () => {
  it('make one product for each step, and one for the gradients of all their weights there', async () => {
    const model = nn.lstm(10, hidden, { layers: 2 })
    const graph = trainingGraph(model, large)
    expect(productsOver(graph, 10 + 1 + hidden)).toBe(23)
    expect(productsOver(graph, hidden + 1 + hidden)).toBe(23)
    for (const size of [10, hidden]) {
      const ofWeights = [4 * hidden, size + 1 + hidden]
      const products = nodesOf(graph, 'Gemm').filter(({ outputs: [y] }) => sameShape(y!.shape, ofWeights))
      expect(products).toHaveLength(24)
    }
    const sums = nodesOf(graph, 'Add').filter(({ outputs: [sum] }) => sum!.shape[0] === 4 * hidden)
    expect(sums).toHaveLength(2) // of two offsets each, and none of gradients
    await expectSame(graph, feedsOf(graph, model, 0))
  })

  it.each([
    ['without offsets', nn.lstm(10, hidden, { bias: false }), 10 + hidden],
    ['of the last step', nn.lstm(10, hidden, { returns: 'last' }), 10 + 1 + hidden],
    ['that are simple', nn.rnn(10, 4 * hidden), 10 + 1 + 4 * hidden],
  ])('give what the plain graph gives, %s', async (_, model, width) => {
    const graph = trainingGraph(model, large)
    expect(productsOver(graph, width)).toBe(23)
    await expectSame(graph, feedsOf(graph, model, 0))
  })

  it.each(['weight_ih_l0', 'weight_hh_l0', 'bias_hh_l0'])(
    'leave a frozen %s without gradient',
    async (frozen) => {
      const model = nn.lstm(10, hidden)
      const graph = trainingGraph(model, large, (name) => name === frozen)
      await expectSame(graph, feedsOf(graph, model, 0))
    },
  )

  it('do the same in evaluation', async () => {
    const model = nn.lstm(10, hidden)
    const graph = evaluationGraph(model, large)
    expect(productsOver(graph, 10 + 1 + hidden)).toBe(23)
    await expectSame(graph, feedsOf(graph, model, 0))
  })
})

describe('other recurrent layers', () => {
  it.each([
    ['small ones', nn.lstm(10, 8), 8],
    ['with a gate on the state’s part alone', nn.gru(10, hidden), hidden],
  ])('stay as they are: %s', async (_, model, size) => {
    const graph = trainingGraph(model, large)
    expect(productsOver(graph, 10 + 1 + size)).toBe(0)
    await expectSame(graph, feedsOf(graph, model, 0))
  })
})
