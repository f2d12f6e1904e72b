import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { Random } from '../../src/core/index.ts'
import { Graph, input, type Value } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { add, concat, gemm, matmul, mul, relu, sigmoid, split, sub, sum, tanh } from '../../src/ops/index.ts'
import { lower } from '../../src/runtime/lowering/index.ts'
import { expectSame, feedsOf, normal, trainingGraph } from './support.ts'

const [rows, inputs, wide] = [6, 160, 720]

const nodesOf = (graph: Graph, type: string) =>
  lower(graph, { block: undefined }).nodes.filter(({ op }) => op.type === type)

/** How many results with a sample in each column the lowered graph has. */
const columns = (graph: Graph): number =>
  nodesOf(graph, 'Gemm').filter(({ outputs: [y] }) => y!.shape[1] === rows).length

/** What a function makes of [rows, inputs], and the gradients of all that it was given. */
function graphOf(build: (x: Value, weight: (k: number, n: number) => Value) => Value): Graph {
  const given = [input('x', [rows, inputs])]
  const y = build(given[0]!, (k, n) => {
    given.push(input(`w${given.length}`, [n, k]))
    return given.at(-1)!
  })
  const grads = gradients(sum(mul(y, y)), given)
  return new Graph(given, {
    y,
    ...Object.fromEntries(grads.map((grad, i) => [`grad ${given[i]!.name}`, grad])),
  })
}

async function expectSameOf(graph: Graph): Promise<void> {
  const random = new Random(0)
  const feeds = graph.inputs.map(({ name, shape }) => {
    const small = normal(shape, random)
    return [name!, { ...small, data: (small.data as Float32Array).map((x) => x / 16) }]
  })
  await expectSame(graph, Object.fromEntries(feeds))
}

describe('products of few rows and wide weights', () => {
  it('lie with a sample in each column, and so do their gradients; only what goes out is transposed', async () => {
    const model = nn.sequential(
      nn.linear(inputs, wide),
      nn.relu(),
      nn.linear(wide, wide),
      nn.tanh(),
      nn.linear(wide, 3),
    )
    const graph = trainingGraph(model, [rows, inputs])
    expect(columns(graph)).toBe(6)
    const transposed = nodesOf(graph, 'Transpose').map(({ outputs: [y] }) => y!.shape)
    expect(transposed).toEqual([
      [rows, 3],
      [rows, inputs],
    ])
    await expectSame(graph, feedsOf(graph, model, 0))
  })

  it.each([
    ['without offsets', nn.linear(inputs, wide, { bias: false }), nn.silu()],
    ['with numbers that are drawn', nn.linear(inputs, wide), nn.dropout(0.5)],
    ['with statistics of the rows', nn.linear(inputs, wide, { bias: false }), nn.batchNorm1d(wide)],
    ['with statistics of each row', nn.linear(inputs, wide), nn.layerNorm(wide)],
  ])('give what the plain graph gives, %s', async (_, first, second) => {
    const model = nn.sequential(first, second, nn.linear(wide, wide), nn.relu(), nn.linear(wide, 3))
    const graph = trainingGraph(model, [rows, inputs])
    await expectSame(graph, feedsOf(graph, model, 0))
  })

  it.each<[string, (x: Value, weight: (k: number, n: number) => Value) => Value]>([
    [
      'is added to a product',
      (x, w) => gemm(x, w(inputs, wide), { bias: gemm(x, w(inputs, wide), { transB: true }), transB: true }),
    ],
    [
      'multiplies a number and a row',
      (x, w) => mul(add(gemm(x, w(inputs, wide), { transB: true }), 1), w(wide, 1)),
    ],
    [
      'is cut and put together',
      (x, w) => {
        const [a, b, c] = split(gemm(x, w(inputs, wide), { transB: true }), 3, { axis: 1 })
        return concat([mul(sigmoid(a!), tanh(b!)), c!, x], { axis: -1 })
      },
    ],
    [
      'is multiplied by another',
      (x, w) => {
        const [a, b] = [1, 2].map(() => gemm(x, w(inputs, wide), { transB: true }))
        return gemm(relu(a!), b!, { transB: true })
      },
    ],
    [
      'lies below another',
      (x, w) => {
        const [first, second] = [w(inputs, wide), w(wide, 5)]
        const parts = [1, 2, 3].map((k) => relu(gemm(mul(x, k), first, { transB: true })))
        const products = split(gemm(concat(parts), second, { transB: true }), 3)
        return sub(mul(products[0]!, products[1]!), products[2]!)
      },
    ],
    [
      'lies below another, and is needed so',
      (x, w) => {
        const first = w(inputs, wide)
        const parts = [1, 2, 3].map((k) => relu(gemm(mul(x, k), first, { transB: true })))
        return matmul(concat(parts), w(5, wide))
      },
    ],
  ])('give what the plain graph gives where one %s', async (_, build) => {
    const graph = graphOf(build)
    expect(columns(graph)).toBeGreaterThan(0)
    await expectSameOf(graph)
  })

  it('are made once, also where they lie below each other for another that is wide', async () => {
    const x = input('x', [rows, inputs])
    const [first, second] = [input('first', [wide, inputs]), input('second', [wide, wide])]
    const parts = [1, 2, 3].map((k) => relu(gemm(mul(x, k), first, { transB: true })))
    const y = relu(gemm(concat(parts), second, { transB: true }))
    const graph = new Graph([x, first, second], { y })
    expect(columns(graph)).toBe(3)
    expect(nodesOf(graph, 'Gemm')).toHaveLength(4)
    await expectSameOf(graph)
  })

  it('stay as they are where rows are many, weights are small, or more would be transposed', () => {
    const net = (width: number, between: nn.Layer = nn.relu()) =>
      nn.sequential(nn.linear(inputs, width), between, nn.linear(width, width), between, nn.linear(width, 3))
    const wides = (model: nn.Layer, count: number) =>
      nodesOf(trainingGraph(model, [count, inputs]), 'Gemm').filter(
        ({ outputs: [y] }) => y!.shape[1] === count,
      ).length
    expect(wides(net(wide), 64)).toBe(6)
    expect(wides(net(wide), 900)).toBe(0)
    expect(wides(net(128), 64)).toBe(0)
    expect(wides(net(wide, nn.layerNorm(wide)), 512)).toBe(0)
  })
})
