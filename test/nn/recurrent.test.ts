import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { numbersOf } from '../../src/core/index.ts'
import { Graph, input } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { readOnnx } from '../../src/onnx/index.ts'
import { exportOnnx } from '../../src/train/export.ts'
import { expectClose, load, runLayer, type Stored } from './support.ts'

interface Case {
  readonly input: Stored
  readonly seed: Stored
  readonly state: Readonly<Record<string, Stored>>
  readonly output: Stored
  readonly inputGradient: Stored
  readonly gradients: Readonly<Record<string, Stored>>
}

/** What PyTorch computed; made by test/fixtures/recurrent.py. */
const fixture = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/recurrent.json', import.meta.url)), 'utf8'),
) as { layers: Readonly<Record<string, Case>> }

/** The layers of the fixture, written with our builders. */
const layers: Readonly<Record<string, nn.Layer>> = {
  rnn: nn.rnn(3, 4),
  'rnn relu, two layers': nn.rnn(3, 4, { layers: 2, activation: 'relu' }),
  'rnn sigmoid': nn.rnn(3, 4, { activation: 'sigmoid' }),
  'rnn without bias': nn.rnn(3, 4, { bias: false, returns: 'last' }),
  'rnn of one step': nn.rnn(3, 4),
  lstm: nn.lstm(3, 4),
  'lstm, three layers': nn.lstm(2, 3, { layers: 3, returns: 'last' }),
  'lstm without bias': nn.lstm(3, 4, { bias: false }),
  gru: nn.gru(3, 4),
  'gru, three layers': nn.gru(2, 3, { layers: 3, returns: 'last' }),
  'gru without bias': nn.gru(3, 4, { bias: false }),
  'rnn over 100 steps': nn.rnn(2, 6, { returns: 'last' }),
  'rnn relu over 100 steps': nn.rnn(2, 6, { activation: 'relu', returns: 'last' }),
  'lstm over 100 steps': nn.lstm(2, 6, { returns: 'last' }),
  'gru over 100 steps': nn.gru(2, 6, { returns: 'last' }),
}

describe('recurrent layers give what PyTorch gives', () => {
  it('and every layer of the fixture is compared', () => {
    expect(Object.keys(layers)).toEqual(Object.keys(fixture.layers))
  })

  it.each(Object.entries(layers))('%s', async (name, layer) => {
    const { state, ...expected } = fixture.layers[name]!
    const shapes = nn.parametersOf(layer).map(({ name, spec }) => [name, spec.shape])
    expect(shapes).toEqual(Object.entries(state).map(([key, { shape }]) => [key, shape]))
    const tensors = Object.fromEntries(Object.entries(state).map(([key, stored]) => [key, load(stored)]))
    const found = await runLayer(layer, load(expected.input), load(expected.seed), {
      training: true,
      state: tensors,
    })
    const isLong = name.includes('100')
    // ONNX Runtime's tanh is off by up to 2e-7, where PyTorch's is by 3e-8: over 100 steps that adds up.
    const tolerance = isLong ? 3e-5 : 1e-5
    expectClose(found.output, expected.output, 'output')
    expectClose(found.dx, expected.inputGradient, 'gradient of the input')
    for (const [key, grad] of Object.entries(expected.gradients)) {
      expectClose(found.gradients[key], grad, key, tolerance)
    }
    if (isLong) expectFirstStep(numbersOf(found.dx), expected.inputGradient.data)
  })
})

/** What reaches the first step, by itself. A relative 5e-5: the rounding errors of 100 factors in float32 multiply. */
function expectFirstStep(found: readonly number[], expected: readonly number[]): void {
  const scale = Math.max(Math.abs(expected[0]!), Math.abs(expected[1]!))
  for (const i of [0, 1]) expect(Math.abs(found[i]! - expected[i]!) / scale).toBeLessThan(5e-5)
}

describe('an unrolled graph', () => {
  it('reads all inputs by one matrix product', () => {
    const x = input('x', [8, 100, 16])
    const { output, tensors } = nn.trace(nn.lstm(16, 32), x, { training: false })
    const { nodes } = new Graph([x, ...tensors.values()], { output })
    expect(nodes.filter(({ op }) => op.type === 'Gemm')).toHaveLength(100) // one, and 99 from state to state
    expect(nodes.length).toBeLessThan(1400)
  })

  it('starts from uniform numbers in +-1 / sqrt(H), the recurrent weights as told', () => {
    const layer = nn.gru(5, 16, { recurrentInit: nn.init.constant(7) })
    const tensors = nn.initialize(layer, 0)
    expect(new Set(numbersOf(tensors.get('weight_hh_l0')!))).toEqual(new Set([7]))
    const drawn = ['weight_ih_l0', 'bias_ih_l0', 'bias_hh_l0'].flatMap((name) =>
      numbersOf(tensors.get(name)!),
    )
    expect(Math.max(...drawn.map(Math.abs))).toBeLessThanOrEqual(0.25)
    expect(Math.max(...drawn)).toBeGreaterThan(0.24)
    expect(Math.min(...drawn)).toBeLessThan(-0.24)
  })

  it('has weights that decay and offsets that do not', () => {
    const decay = Object.fromEntries(
      nn.parametersOf(nn.rnn(2, 3)).map(({ name, spec }) => [name, spec.decay]),
    )
    expect(decay).toEqual({ weight_ih_l0: true, weight_hh_l0: true, bias_ih_l0: false, bias_hh_l0: false })
  })

  it.each([nn.rnn(3, 4), nn.lstm(3, 4, { layers: 2 }), nn.gru(3, 4, { returns: 'last' })])(
    'of $type is exported with a free batch axis',
    (model) => {
      const file = exportOnnx({ model, tensors: nn.initialize(model, 0), inputShape: [5, 3] })
      const { graph } = readOnnx(file, { dims: { N: 7 } })
      expect(graph.inputs.map(({ shape }) => shape)).toEqual([[7, 5, 3]])
      expect(graph.outputs[0]!.shape[0]).toBe(7)
    },
  )
})

describe('recurrent layers refuse', () => {
  it.each([
    [() => nn.rnn(0, 4), 'rnn: expected the number of inputs to be a whole number >= 1, got 0'],
    [() => nn.lstm(3, 1.5), 'lstm: expected the size of the state to be a whole number >= 1, got 1.5'],
    [() => nn.gru(3, 4, { layers: 0 }), 'gru: expected layers to be a whole number >= 1, got 0'],
    [() => nn.gru(3, 4, { returns: 'first' as never }), 'unknown gru returns "first"'],
    [() => nn.rnn(3, 4, { activation: 'gelu' as never }), 'unknown rnn activation "gelu"'],
    [
      () => nn.trace(nn.sequential(nn.lstm(3, 4)), input('x', [2, 5, 4]), { training: false }),
      'lstm "0": expected input [N, T, 3], got [N, 5, 4]\n  give it sequences, batch first, or set the layer to nn.lstm(4, 4)',
    ],
    [
      () => nn.trace(nn.rnn(3, 4), input('x', [2, 3]), { training: false }),
      'rnn: expected input [N, T, 3], got [N, 3]',
    ],
  ])('what has no meaning (%#)', (build, message) => {
    expect(build).toThrow(message)
  })
})
