import { describe, expect, it } from 'vitest'
import { numbersOf, tensor } from '../../src/core/index.ts'
import { input } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { expectClose, fixture, type LayerResult, load, runLayer } from './support.ts'

/** The layers of test/fixtures/nn.py, written with our builders. */
const layers: Readonly<Record<string, nn.Layer>> = {
  linear: nn.linear(5, 3),
  'linear without bias': nn.linear(5, 3, { bias: false }),
  'linear over sequences': nn.linear(5, 3),
  conv1d: nn.conv1d(3, 4, 3, { stride: 2, padding: 1, dilation: 2 }),
  conv2d: nn.conv2d(3, 4, 3, { padding: 1 }),
  'conv2d strided': nn.conv2d(3, 4, 3, { stride: 2, bias: false }),
  'conv2d grouped': nn.conv2d(4, 6, 3, { groups: 2, dilation: 2, padding: 1 }),
  'conv2d depthwise': nn.conv2d(4, 4, 3, { groups: 4, padding: 1 }),
  'conv2d uneven': nn.conv2d(2, 3, [3, 1], { stride: [1, 2], padding: [1, 0], dilation: [2, 1] }),
  batchNorm1d: nn.batchNorm1d(3),
  'batchNorm1d over sequences': nn.batchNorm1d(3, { momentum: 0.3, eps: 1e-3 }),
  batchNorm2d: nn.batchNorm2d(4),
  'batchNorm2d without affine': nn.batchNorm2d(4, { affine: false }),
  maxPool1d: nn.maxPool1d(2),
  maxPool2d: nn.maxPool2d(2),
  'maxPool2d overlapping': nn.maxPool2d(3, { stride: 2, padding: 1 }),
  avgPool1d: nn.avgPool1d(3, { stride: 2, padding: 1 }),
  avgPool2d: nn.avgPool2d(2),
  'avgPool2d padded': nn.avgPool2d([3, 2], { stride: 2, padding: 1 }),
  globalAvgPool: nn.globalAvgPool(),
  flatten: nn.flatten(),
  identity: nn.identity(),
  relu: nn.relu(),
  leakyRelu: nn.leakyRelu(0.2),
  sigmoid: nn.sigmoid(),
  tanh: nn.tanh(),
  gelu: nn.gelu(),
  'gelu tanh': nn.gelu('tanh'),
  silu: nn.silu(),
  sequential: nn.sequential(
    nn.conv2d(2, 3, 3, { bias: false }),
    nn.batchNorm2d(3),
    nn.relu(),
    nn.flatten(),
    nn.linear(12, 4),
  ),
  residual: nn.residual(nn.sequential(nn.linear(4, 4), nn.tanh())),
  'residual with shortcut': nn.residual(nn.sequential(nn.conv2d(2, 4, 3, { padding: 1 }), nn.relu()), {
    shortcut: nn.conv2d(2, 4, 1),
  }),
}

describe('layers give what PyTorch gives', () => {
  it('and every layer of the fixture is compared', () => {
    expect(Object.keys(layers)).toEqual(Object.keys(fixture.layers))
  })

  for (const [name, layer] of Object.entries(layers)) {
    const { input: x, seed, state, training, evaluation } = fixture.layers[name]!
    const tensors = Object.fromEntries(Object.entries(state).map(([key, stored]) => [key, load(stored)]))
    const compare = async (mode: 'training' | 'evaluation', expected: LayerResult) => {
      const found = await runLayer(layer, load(x), load(seed), {
        training: mode === 'training',
        state: tensors,
      })
      expectClose(found.output, expected.output, 'output')
      expectClose(found.dx, expected.inputGradient, 'gradient of the input')
      expect(Object.keys(found.gradients)).toEqual(Object.keys(expected.gradients))
      for (const [key, grad] of Object.entries(expected.gradients))
        expectClose(found.gradients[key], grad, key)
      const moved = mode === 'training' ? Object.keys(expected.buffers) : []
      expect(Object.keys(found.next)).toEqual(moved)
      for (const key of moved) expectClose(found.next[key], expected.buffers[key]!, key)
    }

    it(`${name}: names and shapes`, () => {
      const named = [...nn.parametersOf(layer), ...nn.buffersOf(layer)]
      const shapes = Object.fromEntries(named.map(({ name, spec }) => [name, spec.shape]))
      expect(shapes).toEqual(
        Object.fromEntries(Object.entries(state).map(([key, { shape }]) => [key, shape])),
      )
    })
    it(`${name}: training`, () => compare('training', training))
    it(`${name}: evaluation`, () => compare('evaluation', evaluation))
  }
})

describe('dropout', () => {
  const x = tensor([1, 2, 3, 4], [1, 4])
  const seed = tensor([1, 1, 1, 1], [1, 4])

  it('scales by the mask in training, forward and backward', async () => {
    const values = [2, 0, 0, 2]
    let drawn = 0
    const draw = (fill: nn.Fill) => {
      expect(fill).toEqual({ kind: 'mask', keep: 0.5 })
      return values[drawn++]!
    }
    const { output, dx } = await runLayer(nn.dropout(0.5), x, seed, { training: true, draw })
    expect(numbersOf(output)).toEqual([2, 0, 0, 8])
    expect(numbersOf(dx)).toEqual([2, 0, 0, 2])
  })

  it('is the identity in evaluation, and with p = 0', () => {
    const value = input('x', [2, 3])
    expect(nn.trace(nn.dropout(), value, { training: false }).output).toBe(value)
    const { output, draws } = nn.trace(nn.dropout(0), value, { training: true })
    expect(output).toBe(value)
    expect(draws).toEqual([])
  })

  it('has a mask of its own at each place', () => {
    const twice = nn.sequential(nn.dropout(0.1), nn.dropout(0.2))
    const { draws } = nn.trace(twice, input('x', [2, 3]), { training: true })
    expect(draws.map(({ value, fill }) => [value.name, fill])).toEqual([
      ['random:0:0', { kind: 'mask', keep: 0.9 }],
      ['random:0:1', { kind: 'mask', keep: 0.8 }],
    ])
  })
})

describe('containers', () => {
  it('sequential takes names', () => {
    const model = nn.sequential({
      fc1: nn.linear(4, 3),
      relu: nn.relu(),
      fc2: nn.linear(3, 2, { bias: false }),
    })
    expect(nn.parametersOf(model).map(({ name }) => name)).toEqual(['fc1.weight', 'fc1.bias', 'fc2.weight'])
  })

  it('a layer listed twice has parameters of its own at each place', () => {
    const layer = nn.linear(3, 3)
    const model = nn.sequential(layer, layer)
    const tensors = nn.initialize(model, 0)
    expect([...tensors.keys()]).toEqual(['0.weight', '0.bias', '1.weight', '1.bias'])
    expect(tensors.get('0.weight')).not.toEqual(tensors.get('1.weight'))
  })

  it('decay applies to weights only', () => {
    const model = nn.sequential(nn.conv2d(3, 4, 3), nn.batchNorm2d(4))
    const decay = Object.fromEntries(nn.parametersOf(model).map(({ name, spec }) => [name, spec.decay]))
    expect(decay).toEqual({ '0.weight': true, '0.bias': false, '1.weight': false, '1.bias': false })
  })

  it('a batch norm that is called twice moves its statistics twice', async () => {
    const twice = nn.defineLayer('twice', () => ({
      children: { norm: nn.batchNorm1d(1, { momentum: 0.5 }) },
      forward: (x, { norm }) => norm(norm(x)),
    }))()
    const options = { training: true, state: { 'norm.running_var': tensor([1]), 'norm.weight': tensor([1]) } }
    const { next } = await runLayer(twice, tensor([0, 4], [2, 1]), tensor([1, 1], [2, 1]), options)
    // The mean moves from 0 to 1 and, by an input of mean 0, to 1/2; the variance from 1 to 4.5 and, by 2, to 3.25.
    expect(numbersOf(next['norm.running_mean']!)[0]).toBeCloseTo(0.5, 5)
    expect(numbersOf(next['norm.running_var']!)[0]).toBeCloseTo(3.25, 4)
  })
})
