import { describe, expect, it } from 'vitest'
import { numbersOf, Random, type Tensor, tensor } from '../../src/core/index.ts'
import { Graph, input } from '../../src/graph/index.ts'
import { drawTensor } from '../../src/nn/draw.ts'
import * as nn from '../../src/nn/index.ts'
import { readOnnx } from '../../src/onnx/index.ts'
import { compileGraph } from '../../src/runtime/index.ts'
import { exportOnnx } from '../../src/train/export.ts'
import { runLayer } from './support.ts'

/** Draws numbers one after the other from a list, and keeps what was asked for. */
function drawing(values: readonly number[]) {
  const fills: nn.Fill[] = []
  let drawn = 0
  return {
    fills,
    draw(fill: nn.Fill) {
      if (fills.at(-1) !== fill) fills.push(fill)
      return values[drawn++]!
    },
  }
}

const ones = (...shape: number[]) => tensor(new Array(shape.reduce((a, b) => a * b)).fill(1), shape)
const drawnShapes = (layer: nn.Layer, ...shape: number[]) =>
  nn.trace(layer, input('x', shape), { training: true }).draws.map(({ value }) => value.shape)

describe('dropout', () => {
  it('of the plain kind keeps the scale in training and shrinks in evaluation', async () => {
    const x = tensor([1, 2, 3, 4], [1, 4])
    const { fills, draw } = drawing([1, 0, 0, 1])
    const training = await runLayer(nn.plainDropout(0.25), x, ones(1, 4), { training: true, draw })
    expect(fills).toEqual([{ kind: 'mask', keep: 0.75, value: 1 }])
    expect(numbersOf(training.output)).toEqual([1, 0, 0, 4])
    expect(numbersOf(training.dx)).toEqual([1, 0, 0, 1])
    const evaluation = await runLayer(nn.plainDropout(0.25), x, ones(1, 4), { training: false })
    expect(numbersOf(evaluation.output)).toEqual([0.75, 1.5, 2.25, 3])
    expect(numbersOf(evaluation.dx)).toEqual([0.75, 0.75, 0.75, 0.75])
  })

  it('of feature maps drops whole channels of a sample', async () => {
    expect(drawnShapes(nn.spatialDropout(0.5), 2, 3, 4, 5)).toEqual([[2, 3, 1, 1]])
    const { draw } = drawing([2, 0, 0, 2])
    const x = tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2])
    const { output } = await runLayer(nn.spatialDropout(0.5), x, ones(2, 2, 2), { training: true, draw })
    expect(numbersOf(output)).toEqual([2, 4, 0, 0, 0, 0, 14, 16])
  })

  it('of inputs drops a fifth by default', () => {
    const { draws } = nn.trace(nn.inputDropout(), input('x', [2, 3]), { training: true })
    expect(draws.map(({ fill }) => fill)).toEqual([{ kind: 'mask', keep: 0.8 }])
  })

  it.each([nn.dropout(0.3), nn.inputDropout(0.3), nn.spatialDropout(0.3)])(
    '$type is the identity in evaluation',
    (layer) => {
      const x = input('x', [2, 3, 4])
      expect(nn.trace(layer, x, { training: false }).output).toBe(x)
    },
  )
})

describe('DropConnect', () => {
  it('drops weights, not offsets, forward and backward', async () => {
    const state = { weight: tensor([1, 2, 3, 4], [2, 2]), bias: tensor([10, 20]) }
    const { fills, draw } = drawing([2, 0, 0, 2])
    const layer = nn.dropConnect(nn.linear(2, 2), 0.5)
    const options = { training: true, state, draw }
    const { output, gradients } = await runLayer(layer, tensor([5, 7], [1, 2]), ones(1, 2), options)
    expect(fills).toEqual([{ kind: 'mask', keep: 0.5 }])
    expect(numbersOf(output)).toEqual([20, 76]) // [1 * 2 * 5 + 10, 4 * 2 * 7 + 20]
    expect(numbersOf(gradients.weight!)).toEqual([10, 0, 0, 14])
    expect(numbersOf(gradients.bias!)).toEqual([1, 1])
    const evaluation = await runLayer(layer, tensor([5, 7], [1, 2]), ones(1, 2), { training: false, state })
    expect(numbersOf(evaluation.output)).toEqual([29, 63])
  })

  it('has a mask for each weight of a layer, which keeps its names', () => {
    const layer = nn.dropConnect(nn.lstm(2, 3), 0.3)
    expect(nn.parametersOf(layer).map(({ name }) => name)).toEqual(
      nn.parametersOf(nn.lstm(2, 3)).map(({ name }) => name),
    )
    expect(drawnShapes(layer, 4, 5, 2)).toEqual([
      [12, 2],
      [12, 3],
    ])
  })
})

describe('stochastic depth', () => {
  it('leaves out the body per sample, and scales it in evaluation', async () => {
    const block = nn.residual(nn.sequential(nn.tanh(), nn.stochasticDepth(0.75)))
    const x = tensor([1, 2, 3, 4], [2, 2])
    const { fills, draw } = drawing([0, 1])
    const { output, dx } = await runLayer(block, x, ones(2, 2), { training: true, draw })
    expect(fills).toEqual([{ kind: 'mask', keep: 0.75, value: 1 }])
    const [, , y3, y4] = numbersOf(output)
    expect(numbersOf(output).slice(0, 2)).toEqual([1, 2])
    expect([y3, y4].map((y) => y!.toFixed(5))).toEqual(
      [3 + Math.tanh(3), 4 + Math.tanh(4)].map((y) => y.toFixed(5)),
    )
    expect(numbersOf(dx).slice(0, 2)).toEqual([1, 1])
    const evaluation = await runLayer(block, x, ones(2, 2), { training: false })
    numbersOf(evaluation.output).forEach((y, i) => {
      expect(y).toBeCloseTo(i + 1 + 0.75 * Math.tanh(i + 1), 5)
    })
  })

  it('draws once per sample or per batch; a layer that always survives draws nothing', () => {
    expect(drawnShapes(nn.stochasticDepth(0.5), 4, 3, 2, 2)).toEqual([[4, 1, 1, 1]])
    expect(drawnShapes(nn.stochasticDepth(0.5, { per: 'batch' }), 4, 3, 2, 2)).toEqual([[1, 1, 1, 1]])
    expect(drawnShapes(nn.stochasticDepth(1), 4, 3)).toEqual([])
  })

  it('has survivals that fall linearly with depth', () => {
    expect(nn.linearSurvival(4)).toEqual([0.875, 0.75, 0.625, 0.5])
    expect(nn.linearSurvival(2, { last: 0.8 }).map((p) => p.toFixed(3))).toEqual(['0.900', '0.800'])
  })
})

describe('random numbers', () => {
  it('of masks have the share that is kept', () => {
    const { data } = drawTensor([100_000], { kind: 'mask', keep: 0.3 }, new Random(1))
    const kept = Array.from(data as Float32Array).filter((v) => v !== 0)
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.3)]))
    expect(Math.abs(kept.length - 30_000)).toBeLessThan(5 * Math.sqrt(100_000 * 0.3 * 0.7))
  })

  it('are drawn by name and number, whatever other layers draw', () => {
    const names = (layer: nn.Layer) =>
      nn.trace(layer, input('x', [2, 3]), { training: true }).draws.map(({ value }) => value.name)
    const twice = nn.defineLayer('twice', () => ({
      children: { drop: nn.dropout() },
      forward: (x, { drop }) => drop(drop(x)),
    }))
    expect(names(nn.sequential(nn.dropout(), twice()))).toEqual([
      'random:0:0',
      'random:0:1.drop',
      'random:1:1.drop',
    ])
    expect(names(nn.sequential(nn.relu(), twice()))).toEqual(['random:0:1.drop', 'random:1:1.drop'])
  })

  it('cannot be had in an evaluation that is not a sample', () => {
    const careless = nn.defineLayer('careless', () => ({
      forward: (x, _self, context) => context.mask(x.shape, 0.5),
    }))
    expect(() => nn.trace(nn.sequential(careless()), input('x', [2]), { training: false })).toThrow(
      'careless "0" draws in evaluation\n  draw only where context.random holds',
    )
  })
})

describe('Monte-Carlo evaluation', () => {
  const body = () => nn.sequential(nn.linear(4, 16), nn.relu(), nn.dropout(0.5), nn.linear(16, 3))
  const x = tensor(
    Array.from({ length: 24 }, (_, i) => Math.sin(i)),
    [6, 4],
  )
  const state = Object.fromEntries(nn.initialize(body(), 3))

  async function evaluate(model: nn.Layer, given: Tensor): Promise<number[]> {
    const value = input('x', given.shape)
    const { output, tensors } = nn.trace(model, value, { training: false })
    const program = await compileGraph(new Graph([value, ...tensors.values()], { output }), { threads: 1 })
    return numbersOf((await program.call({ x: given, ...state })).output!)
  }

  it('averages what the samples say', async () => {
    const moments = nn.predictiveMoments(body(), input('x', [6, 4]), {
      samples: 5,
      seed: 2,
      average: 'outputs',
    })
    expect(moments.mean.shape).toEqual([6, 3])
    const mean = await evaluate(nn.monteCarlo(body(), { samples: 5, seed: 2, average: 'outputs' }), x)
    const single = await Promise.all(
      [0, 1, 2, 3, 4].map((index) => {
        const one = nn.defineLayer('one', () => ({
          ...body(),
          forward: (x, self, context) =>
            context.sample(2, index, () => body().forward(x, self as never, context)),
        }))
        return evaluate(one(), x)
      }),
    )
    expect(new Set(single.map(String)).size).toBe(5)
    mean.forEach((y, i) => {
      expect(y).toBeCloseTo(
        single.reduce((sum, ys) => sum + ys[i]! / 5, 0),
        5,
      )
    })
  })

  it('averages probabilities of classes, and gives scores again', async () => {
    const scores = await evaluate(nn.monteCarlo(body(), { samples: 8 }), x)
    const value = input('x', [6, 4])
    const { mean, variance, tensors } = nn.predictiveMoments(body(), value, { samples: 8 })
    const graph = new Graph([value, ...tensors.values()], { mean, variance })
    const found = await (await compileGraph(graph, { threads: 1 })).call({ x, ...state })
    const probabilities = numbersOf(found.mean!)
    scores.forEach((score, i) => {
      expect(Math.exp(score)).toBeCloseTo(probabilities[i]!, 5)
    })
    for (let n = 0; n < 6; n++) {
      expect(probabilities.slice(3 * n, 3 * n + 3).reduce((a, b) => a + b)).toBeCloseTo(1, 5)
    }
    expect(numbersOf(found.variance!).every((v) => v > 0 && v < 0.25)).toBe(true)
  })

  it('does not depend on what else is in the batch', async () => {
    const model = nn.monteCarlo(body(), { samples: 4 })
    const all = await evaluate(model, x)
    const alone = await evaluate(model, tensor(numbersOf(x).slice(8, 12), [1, 4]))
    alone.forEach((y, i) => {
      expect(y).toBeCloseTo(all[6 + i]!, 6)
    })
  })

  it('leaves training and the names of parameters as they are', () => {
    const names = (model: nn.Layer) => nn.parametersOf(model).map(({ name }) => name)
    expect(names(nn.monteCarlo(body()))).toEqual(names(body()))
    const draws = (model: nn.Layer) =>
      nn
        .trace(model, input('x', [2, 4]), { training: true })
        .draws.map(({ value, fill }) => [value.name, fill])
    expect(draws(nn.monteCarlo(body()))).toEqual(draws(body()))
  })

  it('is exported with its draws inside, and a free batch axis', () => {
    const model = nn.monteCarlo(body(), { samples: 3 })
    const file = exportOnnx({ model, tensors: nn.initialize(model, 0), inputShape: [4] })
    const { graph } = readOnnx(file, { dims: { N: 7 } })
    expect(graph.inputs.map(({ shape }) => shape)).toEqual([[7, 4]])
    expect(graph.outputs[0]!.shape).toEqual([7, 3])
  })

  it('averages over pooling regions and over weights too', async () => {
    const images = nn.sequential(nn.fractionalMaxPool2d(), nn.flatten(), nn.dropConnect(nn.linear(9, 2)))
    const value = input('x', [2, 1, 4, 4])
    const { output, draws } = nn.trace(nn.monteCarlo(images, { samples: 3 }), value, { training: false })
    expect(output.shape).toEqual([2, 2])
    expect(draws).toEqual([])
  })
})

describe('random layers refuse', () => {
  const build = (model: nn.Layer, ...shape: number[]) =>
    nn.trace(model, input('x', shape), { training: false })
  it.each([
    [() => nn.dropout(1.2), 'dropout: expected a probability 0 <= p < 1, got 1.2'],
    [() => nn.dropout(1), 'dropout: expected a probability 0 <= p < 1, got 1'],
    [() => nn.plainDropout(-0.1), 'plainDropout: expected a probability 0 <= p < 1, got -0.1'],
    [() => nn.inputDropout(Number.NaN), 'inputDropout: expected a probability 0 <= p < 1, got NaN'],
    [() => nn.spatialDropout(1.2), 'spatialDropout: expected a probability 0 <= p < 1, got 1.2'],
    [
      () => build(nn.sequential(nn.spatialDropout()), 2, 3),
      'spatialDropout "0": expected input [N, C, ...], got [N, 3]\n  use nn.dropout() for features without positions',
    ],
    [() => nn.dropConnect(nn.linear(2, 2), 1.2), 'dropConnect: expected a probability 0 <= p < 1, got 1.2'],
    [() => nn.dropConnect(nn.relu()), 'dropConnect: expected a layer with weights of its own, got relu'],
    [() => nn.stochasticDepth(0), 'stochasticDepth: expected a probability 0 < survival <= 1, got 0'],
    [() => nn.stochasticDepth(1.2), 'stochasticDepth: expected a probability 0 < survival <= 1, got 1.2'],
    [() => nn.stochasticDepth(0.5, { per: 'layer' as never }), 'unknown stochasticDepth per "layer"'],
    [() => nn.linearSurvival(3, { last: 2 }), 'linearSurvival: expected a probability 0 < last <= 1, got 2'],
    [
      () => nn.monteCarlo(nn.dropout(), { samples: 1 }),
      'monteCarlo: expected the number of samples to be a whole number >= 2, got 1',
    ],
    [
      () => build(nn.monteCarlo(nn.linear(2, 3)), 4, 2),
      'monteCarlo: nothing in the model is random, so all samples are the same',
    ],
    [
      () => build(nn.monteCarlo(nn.dropout()), 4, 1),
      "monteCarlo: expected outputs [N, C] with two classes or more, got [N, 1]\n  average the outputs themselves: { average: 'outputs' }",
    ],
    [
      () => build(nn.sequential(nn.monteCarlo(nn.monteCarlo(nn.dropout()))), 4, 2),
      'monteCarlo "0": samples cannot be taken within samples',
    ],
  ])('what has no meaning (%#)', (make, message) => {
    expect(make).toThrow(message)
  })
})
