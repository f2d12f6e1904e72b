import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import type { Shape } from '../../src/core/index.ts'
import { Graph } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { sum } from '../../src/ops/index.ts'
import { foldBatchNorm } from '../../src/runtime/fold-batch-norm.ts'
import { compileGraph } from '../../src/runtime/index.ts'
import { lowerHere } from '../../src/runtime/lower-here.ts'
import { distance, evaluationGraph, feedsOf, trainingGraph } from './support.ts'

const { batchNorm2d, conv2d, relu, residual, sequential } = nn

const norms = (graph: Graph) => graph.nodes.filter(({ op }) => op.type === 'BatchNormalization').length

describe('batch norms in evaluation', () => {
  it.each([
    ['with a bias', conv2d(3, 16, 3), { eps: 0.1 }],
    ['without', conv2d(3, 16, 3, { bias: false }), {}],
    ['in groups', conv2d(3, 6, 3, { groups: 3 }), { affine: false }],
  ])('become part of the convolution before them: %s', async (_, conv, options) => {
    const model = sequential(conv, batchNorm2d(conv.params.weight!.shape[0]!, options), relu())
    const graph = evaluationGraph(model, [4, 3, 9, 8])
    const folded = foldBatchNorm(graph)
    expect([norms(graph), norms(folded)]).toEqual([1, 0])
    const feeds = feedsOf(graph, model, 0)
    const [before, after] = [graph, folded].map((each) => compileGraph(each, { lowering: false }))
    const [expected, found] = [await (await before!).call(feeds), await (await after!).call(feeds)]
    expect(distance(found.output!, expected.output!)).toBeLessThan(1e-6)
  })

  it('become part of it in training, too, if they are frozen', async () => {
    const model = sequential(conv2d(3, 16, 3), batchNorm2d(16), relu())
    const graph = trainingGraph(model, [4, 3, 9, 8], (name) => name.startsWith('1.'))
    expect([norms(graph), norms(foldBatchNorm(graph))]).toEqual([1, 0])
    const feeds = feedsOf(graph, model, 0)
    const [plain, fast] = [await compileGraph(graph, { lowering: false }), await compileGraph(graph)]
    const [expected, found] = [await plain.call(feeds), await fast.call(feeds)]
    expect(Object.keys(found)).toEqual(['output', 'grad x', 'grad 0.weight', 'grad 0.bias'])
    for (const [name, value] of Object.entries(expected))
      expect(distance(found[name]!, value), name).toBeLessThan(2e-6)
  })

  it.each([
    ['the convolution is used twice', sequential(conv2d(3, 3, 1), residual(batchNorm2d(3))), [4, 3, 9, 9]],
    ['there is none', sequential(relu(), batchNorm2d(3)), [4, 3, 9, 9]],
    ['there are more weights than images', sequential(conv2d(32, 32, 3), batchNorm2d(32)), [2, 32, 5, 5]],
  ] as const)('stay where %s', (_, model, shape) => {
    expect(norms(foldBatchNorm(evaluationGraph(model, shape)))).toBe(1)
  })
})

describe('constant weights', () => {
  const model = sequential(conv2d(3, 16, 3), batchNorm2d(16), relu())
  const constants = (shape: Shape) => {
    const { x: _, ...held } = feedsOf(evaluationGraph(model, shape), model, 0)
    return evaluationGraph(model, shape, held)
  }

  it('and few images are left to ONNX Runtime', async () => {
    const [few, many] = [constants([1, 3, 8, 8]), constants([16, 3, 8, 8])]
    expect(await lowerHere(few)).toBe(few)
    expect(norms(await lowerHere(many))).toBe(0)
  })

  it('are not enough: gradients, and weights that are inputs, are lowered', async () => {
    const { inputs, outputs } = constants([1, 3, 8, 8])
    const [dx] = gradients(sum(outputs[0]!), [inputs[0]!])
    const [gradient, inputsOnly] = [new Graph(inputs, { dx: dx! }), evaluationGraph(model, [1, 3, 8, 8])]
    expect(await lowerHere(gradient)).not.toBe(gradient)
    expect(await lowerHere(inputsOnly)).not.toBe(inputsOnly)
  })
})
