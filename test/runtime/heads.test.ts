import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { Random, type Shape } from '../../src/core/index.ts'
import { Graph, input, type Value } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { add, gemm, matmul, mul, reshape, softmax, split, sum, transpose } from '../../src/ops/index.ts'
import { lower } from '../../src/runtime/lowering/index.ts'
import { evaluationGraph, expectSame, feedsOf, normal, trainingGraph } from './support.ts'

/** Sequences so many that it pays to make heads one by one. */
const sequences: Shape = [67, 131, 128]

/** How often heads are put in front of places, or back, in the lowered graph. */
const swaps = (graph: Graph): number =>
  lower(graph, { block: undefined }).nodes.filter(
    ({ op, attrs }) => op.type === 'Transpose' && String(attrs.perm) === '0,2,1,3',
  ).length

describe('heads of attention', () => {
  it.each([
    ['two', nn.multiHeadAttention(128, 2)],
    ['four', nn.multiHeadAttention(128, 4)],
    ['one', nn.multiHeadAttention(128, 1)],
    ['that see what was before only', nn.multiHeadAttention(128, 2, { causal: true })],
    ['without offsets', nn.multiHeadAttention(128, 2, { bias: false })],
    ['that drop some of what they see', nn.multiHeadAttention(128, 2, { dropout: 0.2 })],
    ['after a norm', nn.sequential(nn.layerNorm(128), nn.multiHeadAttention(128, 2))],
  ])('are made one by one: %s', async (_, model) => {
    const graph = trainingGraph(model, sequences)
    expect(swaps(graph)).toBe(0)
    await expectSame(graph, feedsOf(graph, model, 0))
  })

  it('are products of their own with some columns of a weight', () => {
    const graph = trainingGraph(nn.multiHeadAttention(128, 2), sequences)
    const { nodes } = lower(graph, { block: undefined })
    const narrow = nodes.filter(({ op, outputs: [y] }) => op.type === 'Gemm' && y!.shape[1] === 64)
    expect(narrow.length).toBe(3 * 2 + 2) // queries, keys, values; what comes back from the projection
    expect(nodes.filter(({ op, outputs: [y] }) => op.type === 'Split' && y!.shape[0]! > 1000)).toEqual([])
  })

  it('are made one by one in evaluation, too', async () => {
    const model = nn.multiHeadAttention(128, 2)
    const graph = evaluationGraph(model, sequences)
    expect(swaps(graph)).toBe(0)
    await expectSame(graph, feedsOf(graph, model, 0))
  })

  it('stay together where they are narrow, or where there is little of them', async () => {
    const model = nn.multiHeadAttention(128, 8)
    const graph = trainingGraph(model, sequences)
    expect(swaps(graph)).toBeGreaterThan(0)
    await expectSame(graph, feedsOf(graph, model, 0))
    expect(swaps(trainingGraph(nn.multiHeadAttention(128, 2), [2, 131, 128]))).toBeGreaterThan(0)
  })

  it.each<[string, (x: Value, scores: Value, more: Readonly<Record<string, Value>>) => Value]>([
    ['what comes from no product', (x, scores) => matmul(softmax(scores), mul(x, 2))],
    ['with a mask for each sequence', (x, scores, { mask }) => matmul(softmax(add(scores, mask!)), x)],
    [
      'with a number for each head and place',
      (x, scores, { bias }) => matmul(softmax(add(scores, bias!)), x),
    ],
    ['with a matrix that all share', (x, scores, { matrix }) => matmul(softmax(mul(scores, matrix!)), x)],
  ])('take %s', async (_, attend) => {
    const x = input('x', [67, 131, 2, 64])
    const more = {
      mask: input('mask', [67, 1, 1, 131]),
      bias: input('bias', [67, 2, 131, 131]),
      matrix: input('matrix', [131, 131]),
    }
    const heads = transpose(x, [0, 2, 1, 3])
    const seen = attend(heads, matmul(mul(heads, 0.1), heads, { transB: true }), more)
    await expectSameOf([x, ...Object.values(more)], transpose(seen, [0, 2, 1, 3]), [x], 0)
  })

  it('are cut out of what a product makes where they are not all of the same width', async () => {
    const x = input('x', [67 * 131, 128])
    const weight = input('weight', [128, 208])
    const [first, second] = split(gemm(x, weight), [128, 80], { axis: 1 }) as [Value, Value]
    const heads = transpose(reshape(first, [67, 131, 2, 64]), [0, 2, 1, 3])
    const seen = transpose(matmul(heads, heads, { transB: true }), [0, 2, 1, 3])
    const y = add(sum(seen, { axes: [2, 3] }), sum(reshape(second, [67, 131, 80]), { axes: 2 }))
    await expectSameOf([x, weight], y, [x, weight], 0)
  })

  it('stay together where one is compared with many', async () => {
    const x = input('x', [67, 131, 1, 128])
    const masks = input('masks', [67, 3, 131, 131])
    const head = transpose(x, [0, 2, 1, 3])
    const shares = softmax(add(matmul(head, head, { transB: true }), masks))
    await expectSameOf([x, masks], transpose(matmul(shares, head), [0, 2, 1, 3]), [], 2)
  })

  it('stay together where something else needs all of them', async () => {
    const x = input('x', [67, 131, 128])
    const weight = input('weight', [128, 128])
    const rows = gemm(reshape(x, [67 * 131, 128]), weight)
    const heads = transpose(reshape(rows, [67, 131, 2, 64]), [0, 2, 1, 3])
    const scores = softmax(matmul(heads, heads, { transB: true }))
    const mixed = sum(matmul(scores, heads), { axes: 1 })
    await expectSameOf([x, weight], mixed, [x, weight], 2)
  })
})

/** Fails unless what is lowered gives the same value and gradients, and swaps heads so many times or more; 0 is exact. */
async function expectSameOf(inputs: readonly Value[], y: Value, wrt: readonly Value[], least: number) {
  const grads = gradients(sum(mul(y, y)), wrt)
  const graph = new Graph(inputs, {
    y,
    ...Object.fromEntries(grads.map((grad, i) => [`grad ${wrt[i]!.name}`, grad])),
  })
  if (least === 0) expect(swaps(graph)).toBe(0)
  else expect(swaps(graph)).toBeGreaterThanOrEqual(least)
  const random = new Random(0)
  const feeds = graph.inputs.map(({ name, shape }) => [name!, normal(shape, random)])
  await expectSame(graph, Object.fromEntries(feeds))
}
