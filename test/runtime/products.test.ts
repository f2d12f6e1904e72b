import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { Random, type Shape } from '../../src/core/index.ts'
import { Graph, input, type Value } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { add, gemm, mul, split, sum } from '../../src/ops/index.ts'
import { lower } from '../../src/runtime/lowering/index.ts'
import { expectSame, feedsOf, normal, trainingGraph } from './support.ts'

/** Tokens enough that the results of wide products fit no cache. */
const tokens: Shape = [11, 1000, 24]

/** How many nodes of these types the lowered graph has. */
function count(graph: Graph, ...types: string[]): number[] {
  const { nodes } = lower(graph, { block: undefined })
  return types.map((type) => nodes.filter(({ op }) => op.type === type).length)
}

describe('large matrix products', () => {
  it('take a bias as one more row of the weight, forward and backward', async () => {
    const model = nn.linear(24, 96)
    const graph = trainingGraph(model, tokens)
    expect(count(graph, 'Conv', 'ReduceSum', 'Concat')).toEqual([1, 0, 2])
    await expectSame(graph, feedsOf(graph, model, 0))
  })

  it('sum up the gradient of a narrow weight with the wider factor as it lies', async () => {
    const model = nn.sequential(nn.linear(24, 96, { bias: false }), nn.gelu(), nn.linear(96, 24))
    const graph = trainingGraph(model, tokens)
    expect(count(graph, 'Conv', 'Concat')).toEqual([2, 0])
    await expectSame(graph, feedsOf(graph, model, 0))
  })

  it('are told apart where two of them get the same gradient', async () => {
    const values = ['x1', 'x2', 'w1', 'w2', 'b1', 'b2'].map((name) =>
      input(name, name.startsWith('x') ? [11_000, 24] : name.startsWith('w') ? [96, 24] : [96]),
    ) as [Value, Value, Value, Value, Value, Value]
    const [x1, x2, w1, w2, b1, b2] = values
    const first = gemm(x1, w1, { bias: b1, transB: true })
    const y = add(first, gemm(x2, w2, { bias: b2, transB: true }))
    const grads = gradients(sum(mul(y, y)), values)
    const graph = new Graph(
      values,
      Object.fromEntries(grads.map((grad, i) => [`grad ${values[i]!.name}`, grad])),
    )
    expect(count(graph, 'Conv')).toEqual([2])
    const random = new Random(0)
    await expectSame(
      graph,
      Object.fromEntries(values.map(({ name, shape }) => [name!, normal(shape, random)])),
    )
  })

  it('leave a frozen bias without gradient', async () => {
    const model = nn.linear(24, 96)
    const graph = trainingGraph(model, tokens, (name) => name === 'bias')
    expect(count(graph, 'Conv', 'ReduceSum', 'Concat')).toEqual([1, 0, 2])
    await expectSame(graph, feedsOf(graph, model, 0))
  })

  it('stay as they are where they are small', () => {
    const graph = trainingGraph(nn.linear(24, 96), [64, 24])
    expect(count(graph, 'Conv', 'Gemm', 'ReduceSum')).toEqual([0, 3, 1])
  })
})

describe('attention', () => {
  it('reads keys and values as they lie', async () => {
    const model = nn.multiHeadAttention(16, 2)
    const graph = trainingGraph(model, [3, 5, 16])
    expect(count(graph, 'FusedMatMul')).toEqual([4])
    await expectSame(graph, feedsOf(graph, model, 0))
  })
})

describe('columns that are cut out of a product', () => {
  it.each<[string, Shape]>([
    ['an offset for each column', [208]],
    ['a number for all', []],
    ['a number for each row', [8777, 1]],
    ['a matrix', [8777, 208]],
  ])('come out right with %s added', async (_, shape) => {
    const [x, weight, bias] = [input('x', [8777, 48]), input('weight', [48, 208]), input('bias', shape)]
    const parts = split(gemm(x, weight, { bias }), [128, 80], { axis: 1 })
    const graph = new Graph([x, weight, bias], { first: parts[0]!, second: parts[1]! })
    const random = new Random(0)
    const feeds = graph.inputs.map((value) => [value.name!, normal(value.shape, random)])
    await expectSame(graph, Object.fromEntries(feeds))
  })
})
