import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import type { Shape } from '../../src/core/index.ts'
import { Graph, input } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { compileGraph } from '../../src/runtime/index.ts'
import { expectClose, type Stored } from './support.ts'
import { noise } from './zoo-support.ts'

const { zoo } = nn

interface Case {
  readonly options: { readonly inputShape: Shape; readonly stem?: 'cifar' | 'imagenet'; readonly dropout?: 0 }
  readonly state: Readonly<Record<string, Shape>>
  readonly parameters: number
  readonly evaluation: Stored
  readonly training: Stored
  readonly gradients: Readonly<Record<string, Stored>>
}

/** What PyTorch computed; made by test/fixtures/zoo.py. */
const fixture = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/zoo.json', import.meta.url)), 'utf8'),
) as Readonly<Record<string, Case>>

interface Tolerances {
  readonly logits: number
  readonly gradients: number
}

/**
 * Float32 through 50 convolutions with batch norms over few values, or through 12 blocks, is not better. In the gradients of
 * MobileNetV2 an input of ReLU6 that rounding takes to the other side of 0 or 6 is one of 32 in its channel.
 */
const cases: readonly [string, (options: Case['options']) => nn.Layer, Tolerances][] = [
  ['mobilenet_v2', zoo.mobilenetV2, { logits: 2e-4, gradients: 5e-3 }],
  ['mobilenet_v2 for large images', zoo.mobilenetV2, { logits: 2e-4, gradients: 2e-4 }],
  ['vit_tiny', zoo.vitTiny, { logits: 5e-5, gradients: 5e-5 }],
  ['lstm', zoo.lstmClassifier, { logits: 1e-5, gradients: 1e-5 }],
]

describe.each(cases)('%s', (name, make, tolerances) => {
  const expected = fixture[name]!
  const { inputShape } = expected.options
  const model = make(expected.options)
  const named = [...nn.parametersOf(model), ...nn.buffersOf(model)]
  const state = Object.fromEntries(named.map(({ name, spec }) => [name, noise(name, spec.shape)]))
  const x = noise('input', [2, ...inputShape])

  it('names, shapes and number of parameters are those of PyTorch', () => {
    expect(Object.fromEntries(named.map(({ name, spec }) => [name, spec.shape]))).toEqual(expected.state)
    expect(nn.summary(model, inputShape).parameters).toBe(expected.parameters)
  })

  it('evaluation as in PyTorch', async () => {
    const value = input('x', x.shape)
    const { output, tensors } = nn.trace(model, value, { training: false })
    const program = await compileGraph(new Graph([value, ...tensors.values()], { output }))
    const { output: found } = await program.call({ x, ...state })
    expectClose(found, expected.evaluation, 'logits', tolerances.logits)
  })

  it('training as in PyTorch', async () => {
    const [value, labels] = [input('x', x.shape), input('labels', [2], 'int32')]
    const { output, tensors } = nn.trace(model, value, { training: true })
    const loss = nn.losses.crossEntropy().apply(output, labels)
    const names = Object.keys(expected.gradients)
    const grads = gradients(
      loss,
      names.map((name) => tensors.get(name)!),
    )
    const parameters = [...tensors].filter(([name]) => !/running_/.test(name))
    const outputs = Object.fromEntries(names.map((name, i) => [`gradient:${name}`, grads[i]!]))
    const inputs = [value, labels, ...parameters.map(([, parameter]) => parameter)]
    const program = await compileGraph(new Graph(inputs, { output, ...outputs }))
    const given = Object.fromEntries(parameters.map(([name]) => [name, state[name]!]))
    const found = await program.call({ x, labels: [3, 8], ...given })
    expectClose(found.output, expected.training, 'logits', tolerances.logits)
    for (const name of names) {
      const what = `gradient:${name}`
      expectClose(found[what], expected.gradients[name]!, what, tolerances.gradients)
    }
  })
})

describe('options', () => {
  it('that do not fit are refused by name', () => {
    expect(() => zoo.vitTiny({ inputShape: [3, 30, 30] })).toThrow(
      'vit_tiny: patches of 4x4 do not tile images of 30x30',
    )
    expect(() => zoo.vitTiny({ depth: 0 })).toThrow('vit_tiny: expected a depth of at least 1, got 0')
    expect(() => zoo.vitTiny({ heads: 5 })).toThrow('5 heads do not divide 192 features')
    expect(() => zoo.vitTiny({ pach: 8 } as object)).toThrow('did you mean "patch"?')
    expect(() => zoo.mobilenetV2({ dropout: 1 })).toThrow('dropout')
    expect(() => zoo.lstmClassifier({ inputShape: [3, 32, 32] })).toThrow(
      'lstmClassifier: expected an input shape [T, D], got [3, 32, 32]',
    )
  })
})
