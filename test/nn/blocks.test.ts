import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { numbersOf, type Tensor, tensor } from '../../src/core/index.ts'
import { input } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { load, runLayer, type Stored } from './support.ts'

interface Result {
  readonly output: Stored
  /** Absent for inputs of integers. */
  readonly inputGradient?: Stored
  readonly gradients: Readonly<Record<string, Stored>>
}

interface Case {
  readonly input: Stored
  readonly seed: Stored
  readonly state: Readonly<Record<string, Stored>>
  readonly training: Result
  readonly evaluation: Result
}

/** What PyTorch computed; made by test/fixtures/blocks.py. */
const fixture = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/blocks.json', import.meta.url)), 'utf8'),
) as { layers: Readonly<Record<string, Case>> }

/** The layers of the fixture, written with our builders. */
const layers: Readonly<Record<string, nn.Layer>> = {
  prelu: nn.prelu(),
  'prelu by channel': nn.prelu({ channels: 3 }),
  'prelu of features': nn.prelu({ channels: 4 }),
  elu: nn.elu(),
  'elu, alpha 0.5': nn.elu(0.5),
  selu: nn.selu(),
  silu: nn.silu(),
  gelu: nn.gelu(),
  'gelu tanh': nn.gelu('tanh'),
  mish: nn.mish(),
  hardSwish: nn.hardSwish(),
  hardSigmoid: nn.hardSigmoid(),
  softplus: nn.softplus(),
  softsign: nn.softsign(),
  sigmoid: nn.sigmoid(),
  tanh: nn.tanh(),
  relu: nn.relu(),
  leakyRelu: nn.leakyRelu(),
  maxout: nn.maxout(3),
  'maxout of images': nn.maxout(2),
  maxoutLinear: nn.maxoutLinear(5, 3, 4),
  layerNorm: nn.layerNorm(5),
  'layerNorm of sequences': nn.layerNorm(6, { eps: 1e-3 }),
  'layerNorm over two axes': nn.layerNorm([3, 4]),
  'layerNorm without affine': nn.layerNorm(5, { affine: false }),
  groupNorm: nn.groupNorm(2, 6),
  'groupNorm of features': nn.groupNorm(2, 6),
  'groupNorm of signals': nn.groupNorm(3, 3, { eps: 1e-3 }),
  instanceNorm1d: nn.instanceNorm1d(3),
  instanceNorm2d: nn.instanceNorm2d(3),
  'instanceNorm2d without affine': nn.instanceNorm2d(3, { affine: false }),
  basicBlock: nn.basicBlock(3, 3),
  'basicBlock strided': nn.basicBlock(3, 4, { stride: 2 }),
  bottleneck: nn.bottleneck(8, 2),
  'bottleneck strided': nn.bottleneck(4, 3, { stride: 2, expansion: 2 }),
  depthwiseSeparable: nn.depthwiseSeparable(3, 5),
  'depthwiseSeparable strided': nn.depthwiseSeparable(3, 4, { stride: 2, kernel: 5 }),
  embedding: nn.embedding(7, 4),
  sinusoidalPositions: nn.sinusoidalPositions(),
  learnedPositions: nn.learnedPositions(5, 4),
  multiHeadAttention: nn.multiHeadAttention(6, 2),
  'multiHeadAttention causal': nn.multiHeadAttention(6, 3, { causal: true }),
  'multiHeadAttention without bias': nn.multiHeadAttention(4, 1, { bias: false }),
  transformerBlock: nn.transformerBlock(6, 2),
  'transformerBlock causal': nn.transformerBlock(6, 2, { causal: true }),
  'transformerBlock post-norm': nn.transformerBlock(4, 2, {
    hidden: 10,
    activation: nn.relu(),
    norm: 'post',
  }),
}

/** Fails unless each element agrees to 1e-5, relative to itself, or to 3e-6 of the largest if much has cancelled in it. */
function expectNear(found: Tensor | undefined, expected: Stored, what: string, scale?: number): void {
  expect(found?.shape, what).toEqual(expected.shape)
  const floor = 3e-6 * (scale ?? Math.max(1, ...expected.data.map(Math.abs)))
  numbersOf(found!).forEach((value, i) => {
    const target = expected.data[i]!
    const near = Math.abs(value - target) <= floor + 1e-5 * Math.abs(target)
    if (!near) expect.fail(`${what}[${i}]: ${value}, PyTorch has ${target}`)
  })
}

describe('layers give what PyTorch gives', () => {
  it('and every layer of the fixture is compared', () => {
    expect(Object.keys(layers)).toEqual(Object.keys(fixture.layers))
  })

  for (const [name, layer] of Object.entries(layers)) {
    const { input: x, seed, state, ...modes } = fixture.layers[name]!
    const tensors = Object.fromEntries(Object.entries(state).map(([key, stored]) => [key, load(stored)]))
    // Activations are exact to the last digits at +-90 and near 0 alike.
    const scale = Object.keys(state).length === 0 && x.data.includes(90) ? 0.1 : undefined

    it(`${name}: names and shapes`, () => {
      const named = [...nn.parametersOf(layer), ...nn.buffersOf(layer)]
      const shapes = Object.fromEntries(named.map(({ name, spec }) => [name, spec.shape]))
      expect(shapes).toEqual(
        Object.fromEntries(Object.entries(state).map(([key, { shape }]) => [key, shape])),
      )
    })

    it.each(['training', 'evaluation'] as const)(`${name}: %s`, async (mode) => {
      const expected = modes[mode]
      const dtype = expected.inputGradient ? 'float32' : 'int32'
      const found = await runLayer(layer, load(x, dtype), load(seed), {
        training: mode === 'training',
        state: tensors,
      })
      expectNear(found.output, expected.output, 'output', scale)
      if (expected.inputGradient) expectNear(found.dx, expected.inputGradient, 'gradient of the input', scale)
      expect(Object.keys(found.gradients).sort()).toEqual(Object.keys(expected.gradients).sort())
      for (const [key, grad] of Object.entries(expected.gradients))
        expectNear(found.gradients[key], grad, key)
    })
  }
})

describe('rrelu', () => {
  const x = tensor([-90, -2, -1, 0, 1, 90], [1, 6])
  const seed = tensor([1, 1, 1, 1, 1, 1], [1, 6])

  it('takes a slope for each element in training', async () => {
    const slopes = [0.125, 0.25, 0.3, 0.2, 0.3, 0.3]
    let drawn = 0
    const { output, dx } = await runLayer(nn.rrelu(), x, seed, {
      training: true,
      draw(fill) {
        expect(fill).toEqual({ kind: 'uniform', low: 1 / 8, high: 1 / 3 })
        return slopes[drawn++]!
      },
    })
    expect(numbersOf(output)).toEqual([-11.25, -0.5, -Math.fround(0.3), 0, 1, 90])
    expect(numbersOf(dx)).toEqual([0.125, 0.25, 0.3, 0.2, 1, 1].map(Math.fround))
  })

  it('takes the mean slope in evaluation', async () => {
    const { output, dx } = await runLayer(nn.rrelu(0.1, 0.4), x, seed, { training: false })
    expect(numbersOf(output)).toEqual([-22.5, -0.5, -0.25, 0, 1, 90])
    expect(numbersOf(dx)).toEqual([0.25, 0.25, 0.25, 0.25, 1, 1])
  })
})

describe('attention', () => {
  it('drops weights in training only', () => {
    const layer = nn.multiHeadAttention(4, 2, { dropout: 0.1 })
    const [x, trained] = [input('x', [2, 3, 4]), { training: true }]
    const { draws } = nn.trace(layer, x, trained)
    expect(draws.map(({ value }) => value.shape)).toEqual([[2, 2, 3, 3]])
    expect(nn.trace(layer, x, { training: false }).draws).toEqual([])
    expect(nn.trace(nn.transformerBlock(4, 2, { dropout: 0.1 }), x, trained).draws).toHaveLength(4)
    expect(nn.trace(nn.transformerBlock(4, 2), x, trained).draws).toEqual([])
  })

  it('is finite for scores far apart, and a causal one does not see what comes later', async () => {
    const layer = nn.multiHeadAttention(2, 1, { causal: true })
    const state = {
      in_proj_weight: tensor([90, 0, 0, 90, 90, 0, 0, 90, 1, 0, 0, 1], [6, 2]),
      'out_proj.weight': tensor([1, 0, 0, 1], [2, 2]),
    }
    const seed = tensor([1, 1, 1, 1, 1, 1], [1, 3, 2])
    const run = (last: number) =>
      runLayer(layer, tensor([1, -1, -1, 1, last, 90], [1, 3, 2]), seed, { training: true, state })
    const [one, other] = [await run(90), await run(-90)]
    expect([...numbersOf(one.output), ...numbersOf(one.dx)].every(Number.isFinite)).toBe(true)
    expect(numbersOf(one.output).slice(0, 4)).toEqual(numbersOf(other.output).slice(0, 4))
    expect(numbersOf(one.output).slice(4)).not.toEqual(numbersOf(other.output).slice(4))
  })
})
