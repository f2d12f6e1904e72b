import { describe, expect, it } from 'vitest'
import { Random, type Shape, type Tensor } from '../../src/core/index.ts'
import type { Graph } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { add, mul } from '../../src/ops/index.ts'
import { compileGraph } from '../../src/runtime/index.ts'
import { lower } from '../../src/runtime/lowering/index.ts'
import { type GraphOptions, trainingGraph } from '../../src/train/step/training-graph.ts'
import {
  distance,
  evaluationGraph,
  expectSame as expectSameLowered,
  feedsOf,
  normal,
} from '../runtime/support.ts'

const tokens: Shape = [40, 12]
const param = (size: number): nn.ParamSpec => ({ shape: [size], init: nn.init.normal(1), decay: false })
const scale = nn.defineLayer('scale', (size: number) => ({
  params: { scale: param(size) },
  forward: (x, { scale }) => mul(scale, x),
}))
const offset = nn.defineLayer('offset', (size: number) => ({
  params: { offset: param(size) },
  forward: (x, { offset }) => add(x, offset),
}))

const graphOf = (model: nn.Layer, options: Partial<GraphOptions>): Graph =>
  trainingGraph({ model, loss: nn.mse(), inputShape: tokens, batchSize: 6, ...options }).graph

/** What a graph gives as it is, for scales and offsets that are not what they begin with. */
async function results(graph: Graph, model: nn.Layer): Promise<Record<string, Tensor>> {
  const held = nn.initialize(model, 3)
  const feeds = graph.inputs.map(({ name, shape }): [string, Tensor] => {
    const random = new Random('fold', name!)
    const given = shape.length > 1 ? held.get(name!) : undefined
    return [name!, given ?? normal(shape, random)]
  })
  const program = await compileGraph(graph, { lowering: false })
  return program.call(Object.fromEntries(feeds))
}

async function expectSame(model: nn.Layer, frozen?: (name: string) => boolean): Promise<void> {
  const [plain, folded] = await Promise.all(
    [false, true].map((fold) => results(graphOf(model, { fold, frozen }), model)),
  )
  expect(Object.keys(folded!).sort()).toEqual(Object.keys(plain!).sort())
  for (const [name, expected] of Object.entries(plain!))
    expect(distance(folded![name]!, expected, 1e-6), name).toBeLessThan(2e-5)
}

/** Whether anything of a graph is as large as what the model gets, and is multiplied or added by columns. */
const passes = (graph: Graph): number =>
  graph.nodes.filter(
    ({ op, inputs, outputs }) =>
      ['Mul', 'Add'].includes(op.type) &&
      outputs[0]!.shape.length === 3 &&
      inputs.some((value) => value?.rank === 1),
  ).length

const isFolded = (model: nn.Layer, options: Partial<GraphOptions> = {}) =>
  passes(graphOf(model, { ...options, fold: true })) < passes(graphOf(model, { ...options, fold: false }))

describe('scales and offsets in front of products', () => {
  const linear = nn.linear(12, 9)
  const models = {
    'of a layer norm': nn.sequential(nn.layerNorm(12), linear),
    'of one that something is learned before': nn.sequential(nn.linear(12, 12), nn.layerNorm(12), linear),
    'without a bias': nn.sequential(nn.layerNorm(12), nn.linear(12, 9, { bias: false })),
    'scales only': nn.sequential(nn.linear(12, 12), scale(12), linear),
    'offsets only': nn.sequential(nn.linear(12, 12), offset(12), linear),
    'of a transformer': nn.sequential(nn.transformerBlock(12, 2, { hidden: 10 }), nn.layerNorm(12), linear),
  }

  it.each(Object.entries(models))('%s are folded into weights, with the same gradients', async (_, model) => {
    expect(isFolded(model)).toBe(true)
    await expectSame(model)
  })

  it('stay where something else reads what they make, or there is no product', async () => {
    const post = nn.sequential(nn.transformerBlock(12, 2, { norm: 'post' }), nn.layerNorm(12))
    expect(isFolded(post)).toBe(false)
    await expectSame(post)
  })

  it('stay where the gradient of the weight would be needed for theirs only', async () => {
    const model = nn.sequential(nn.linear(12, 12), nn.layerNorm(12), linear)
    const without =
      (...names: string[]) =>
      (name: string) =>
        names.includes(name)
    expect(isFolded(model, { frozen: without('2.weight') })).toBe(false)
    for (const names of [['1.weight', '1.bias', '2.weight'], ['1.bias'], ['2.bias']]) {
      expect(isFolded(model, { frozen: without(...names) })).toBe(true)
      await expectSame(model, without(...names))
    }
  })

  it('stay where a weight is as large as what goes in', () => {
    expect(isFolded(nn.sequential(nn.layerNorm(12), nn.linear(12, 61)))).toBe(false)
    expect(isFolded(nn.sequential(nn.layerNorm(12), nn.linear(12, 60)))).toBe(true)
  })

  it('are folded in evaluation, too', async () => {
    const model = nn.sequential(nn.layerNorm(12), linear)
    const graph = evaluationGraph(model, [6, ...tokens])
    expect(passes(lower(graph, { block: undefined }))).toBeLessThan(passes(graph))
    await expectSameLowered(graph, feedsOf(graph, model, 0))
  })
})
