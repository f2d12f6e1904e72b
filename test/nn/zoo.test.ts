import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import type { Shape } from '../../src/core/index.ts'
import { Graph, input } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { compileGraph } from '../../src/runtime/index.ts'
import { expectClose, fixture } from './support.ts'
import { noise } from './zoo-support.ts'

const { zoo } = nn

describe('resnet18', () => {
  for (const expected of fixture.resnet18) {
    const { stem, size } = expected
    const model = zoo.resnet18({ stem, inputShape: [3, size, size], classes: 10 })
    const named = [...nn.parametersOf(model), ...nn.buffersOf(model)]

    it(`${stem}: names, shapes and number of parameters are torchvision's`, () => {
      expect(Object.fromEntries(named.map(({ name, spec }) => [name, spec.shape]))).toEqual(expected.state)
      expect(nn.summary(model, [3, size, size]).parameters).toBe(expected.parameters)
    })

    const state = Object.fromEntries(named.map(({ name, spec }) => [name, noise(name, spec.shape)]))
    const x = noise('input', [2, 3, size, size])

    it(`${stem}: evaluation as in PyTorch`, async () => {
      const value = input('x', x.shape)
      const { output, tensors } = nn.trace(model, value, { training: false })
      const program = await compileGraph(new Graph([value, ...tensors.values()], { output }))
      const { output: found } = await program.call({ x, ...state })
      expectClose(found, expected.evaluation, 'logits', 5e-5) // float32 through 20 layers
    })

    it(`${stem}: training as in PyTorch`, async () => {
      const [value, labels] = [input('x', x.shape), input('labels', [2], 'int32')]
      const { output, tensors } = nn.trace(model, value, { training: true })
      const loss = nn.losses.crossEntropy().apply(output, labels)
      const wrt = ['fc.bias', 'bn1.weight'].map((name) => tensors.get(name)!)
      const [bias, norm] = gradients(loss, wrt)
      const inputs = [value, labels, ...[...tensors.values()].filter(({ name }) => !/running_/.test(name!))]
      // As it is: the rounding of Winograd's form, 1e-5, takes ReLUs of two images across their kinks, which changes the
      // gradients below them by 4e-4. The tests of lowering compare the forms.
      const graph = new Graph(inputs, { output, bias: bias!, norm: norm! })
      const program = await compileGraph(graph, { lowering: false })
      const parameters = Object.entries(state).filter(([name]) => !/running_/.test(name))
      const found = await program.call({ x, labels: [3, 8], ...Object.fromEntries(parameters) })
      expectClose(found.output, expected.training, 'logits', 5e-5)
      expectClose(found.bias, expected.biasGradient, 'gradient of fc.bias', 5e-5)
      expectClose(found.norm, expected.normGradient, 'gradient of bn1.weight', 5e-5)
    })
  }
})

describe('the registry', () => {
  const parameters = (name: string, inputShape: Shape) =>
    nn.summary(zoo.buildModel(name, { inputShape, classes: 10 }), inputShape).parameters

  it('builds every model for images of 32x32', () => {
    for (const name of Object.keys(zoo.models)) {
      const model = zoo.buildModel(name, { inputShape: [3, 32, 32], classes: 7 })
      expect(nn.trace(model, input('x', [2, 3, 32, 32]), { training: true }).output.shape).toEqual([2, 7])
    }
  })

  it('has the sizes that are written about', () => {
    expect(parameters('mlp', [1, 28, 28])).toBe(669_706)
    expect(parameters('cnn', [1, 8, 8])).toBe(21_482)
    expect(parameters('lenet', [1, 28, 28])).toBe(61_706)
    expect(parameters('vgg', [3, 32, 32])).toBe(1_187_274)
    expect(parameters('resnet18', [3, 32, 32])).toBe(11_173_962)
    expect(parameters('mobilenet_v2', [3, 32, 32])).toBe(2_236_682)
    expect(parameters('vit_tiny', [3, 32, 32])).toBe(5_362_762)
  })

  it('chooses the form of mobilenet_v2 and vit_tiny by the size of the images', () => {
    const places = (name: string, inputShape: Shape, path: string) =>
      nn
        .summary(zoo.buildModel(name, { inputShape, classes: 2 }), inputShape)
        .layers.find((layer) => layer.path === path)?.output
    expect(places('mobilenet_v2', [3, 32, 32], 'features.18.0')).toEqual([1, 1280, 4, 4])
    expect(places('mobilenet_v2', [3, 224, 224], 'features.18.0')).toEqual([1, 1280, 7, 7])
    expect(places('vit_tiny', [3, 32, 32], 'conv_proj')).toEqual([1, 192, 8, 8])
    expect(places('vit_tiny', [3, 224, 224], 'conv_proj')).toEqual([1, 192, 14, 14])
  })

  it('chooses the stem of resnet18 by the size of the images', () => {
    expect(
      nn.parametersOf(zoo.buildModel('resnet18', { inputShape: [3, 224, 224], classes: 2 }))[0]!.spec.shape,
    ).toEqual([64, 3, 7, 7])
  })

  it('suggests the nearest name', () => {
    const options = { inputShape: [1, 8, 8], classes: 10 }
    expect(() => zoo.buildModel('resnet-18', options)).toThrow(
      'unknown model "resnet-18"; did you mean "resnet18"?',
    )
    expect(() => zoo.buildModel('constructor', options)).toThrow('unknown model "constructor"')
  })

  it('refuses images that are too small', () => {
    expect(() => zoo.lenet({ inputShape: [1, 8, 8] })).toThrow(
      'lenet: expected images of at least 12x12, got 8x8',
    )
    expect(() => zoo.vgg({ inputShape: [3, 32] })).toThrow(
      'vgg: expected an input shape [C, H, W], got [3, 32]',
    )
    expect(() => zoo.vgg({ config: ['M'] })).toThrow(
      'vgg: expected a configuration with a convolution, got none',
    )
  })
})
