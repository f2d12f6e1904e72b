import { beforeAll, describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { isFloat, Random, type Shape, sizeOf } from '../../src/core/index.ts'
import { Graph, input, Value } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { type Layer, trace, zoo } from '../../src/nn/index.ts'
import { add, cast, conv, findOperator, greater, mul, sum } from '../../src/ops/index.ts'
import { blockSize } from '../../src/runtime/block-size.ts'
import { compileGraph } from '../../src/runtime/index.ts'
import { lower } from '../../src/runtime/lowering/index.ts'
import { operatorSamples, tensorsOf } from '../../src/testing/index.ts'
import { distance, evaluationGraph, feedsOf, trainingGraph } from './support.ts'

/** Runs a model's training graph as it is and lowered; the worst distance of any output. */
async function compare(model: Layer, shape: Shape, seed = 0) {
  const graph = trainingGraph(model, shape)
  const feeds = feedsOf(graph, model, seed)
  const [plain, fast] = await Promise.all([
    compileGraph(graph, { lowering: false }),
    compileGraph(graph, { lowering: true }),
  ])
  const [expected, found] = [await plain.call(feeds), await fast.call(feeds)]
  return Object.entries(expected).map(([name, value]) => [name, distance(found[name]!, value)] as const)
}

async function expectSame(model: Layer, shape: Shape, tolerance = 2e-5) {
  const wrong = (await compare(model, shape)).filter(([, error]) => !(error < tolerance))
  expect(wrong).toEqual([])
}

describe('lowering gives the same numbers', () => {
  const { conv2d, batchNorm2d, maxPool2d, relu, sequential, residual, globalAvgPool, flatten, linear } = nn

  it.each([
    ['3x3', conv2d(32, 16, 3, { padding: 1 }), [2, 32, 6, 6]],
    ['3x3 without padding', conv2d(16, 32, 3), [2, 16, 7, 5]],
    ['5x5, padding 2', conv2d(16, 16, 5, { padding: 2 }), [2, 16, 8, 8]],
    ['stride 2, even', conv2d(16, 32, 3, { padding: 1, stride: 2 }), [2, 16, 8, 8]],
    ['stride 2, odd', conv2d(16, 32, 3, { padding: 1, stride: 2 }), [2, 16, 7, 9]],
    ['stride 3', conv2d(16, 32, 3, { padding: 1, stride: 3 }), [2, 16, 9, 9]],
    ['1x1', conv2d(16, 32, 1), [2, 16, 5, 5]],
    ['1x1, stride 2', conv2d(16, 32, 1, { stride: 2 }), [2, 16, 8, 8]],
    ['dilated', conv2d(16, 16, 3, { padding: 2, dilation: 2 }), [2, 16, 8, 8]],
    ['grouped', conv2d(32, 32, 3, { padding: 1, groups: 2 }), [2, 32, 6, 6]],
    ['depthwise', conv2d(32, 32, 3, { padding: 1, groups: 32 }), [2, 32, 6, 6]],
    ['depthwise, stride 2', conv2d(32, 32, 3, { padding: 1, stride: 2, groups: 32 }), [2, 32, 8, 8]],
    ['depthwise 5x5', conv2d(32, 32, 5, { padding: 2, groups: 32 }), [2, 32, 9, 7]],
    ['gray images, a whole block of them', conv2d(1, 6, 5, { padding: 2 }), [16, 1, 9, 8]],
    ['gray images, stride 2', conv2d(1, 6, 3, { stride: 2 }), [16, 1, 8, 9]],
    ['a picture', conv2d(3, 16, 3, { padding: 1 }), [2, 3, 8, 8]],
    ['odd channels', conv2d(6, 10, 5), [3, 6, 9, 9]],
    ['channels that are no whole blocks', conv2d(24, 40, 3, { padding: 1 }), [2, 24, 6, 6]],
    ['outputs that are no whole blocks', conv2d(48, 24, 1), [2, 48, 6, 5]],
    [
      'inputs that are no whole blocks, stride 2',
      conv2d(24, 48, 3, { stride: 2, padding: 1 }),
      [2, 24, 8, 8],
    ],
    ['few channels', conv2d(6, 16, 5), [2, 6, 14, 9]],
    ['few channels, an odd number of rows', conv2d(3, 32, 3, { padding: 1 }), [2, 3, 7, 8]],
    ['one channel, many rows at once', conv2d(1, 16, 3, { padding: 2 }), [2, 1, 16, 6]],
    ['few channels, more padding than the kernel has', conv2d(3, 16, 2, { padding: 2 }), [2, 3, 6, 6]],
    ['large images', conv2d(16, 16, 3, { padding: 1 }), [2, 16, 20, 20]],
  ] as [string, Layer, Shape][])('convolution: %s', (_, layer, shape) => expectSame(layer, shape))

  it.each([
    ['padding 1', { padding: 1 }, [8, 96, 8, 8]],
    ['a tile', { padding: 1, bias: false }, [32, 96, 4, 4]],
    ['no padding', {}, [8, 96, 10, 9]],
    ['padding 2, odd sides', { padding: 2 }, [16, 96, 7, 5]],
  ] as const)('deep 3x3 convolution in the form of Winograd: %s', async (_, options, shape) => {
    const layer = conv2d(96, 80, 3, options)
    const products = lower(trainingGraph(layer, shape), { block: 16 }).nodes.filter(
      ({ op, outputs }) => op.type === 'FusedMatMul' && outputs[0]!.rank === 5,
    )
    expect(products).toHaveLength(2) // the results and the gradient of the weight
    await expectSame(layer, shape, 5e-5)
  })

  it('a comparison of blocked images that something else reads', async () => {
    const x = input('x', [2, 16, 6, 6])
    const w = input('w', [16, 16, 3, 3])
    const isPositive = greater(conv(x, w, { pads: [1, 1, 1, 1] }), 0)
    const graph = new Graph([x, w], { isPositive, share: sum(cast(isPositive, 'float32'), { axes: [2, 3] }) })
    const random = new Random(1)
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name, shape }) => [
        name!,
        Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
      ]),
    )
    const [plain, fast] = [await compileGraph(graph, { lowering: false }), await compileGraph(graph)]
    expect(await fast.call(feeds)).toEqual(await plain.call(feeds))
  })

  it('a chain of deep convolutions with a shortcut', () =>
    expectSame(
      sequential(
        conv2d(3, 96, 3, { padding: 1 }),
        residual(
          sequential(
            conv2d(96, 96, 3, { padding: 1, bias: false }),
            batchNorm2d(96),
            relu(),
            conv2d(96, 96, 3, { padding: 1 }),
          ),
        ),
        relu(),
        maxPool2d(2),
        conv2d(96, 96, 3, { padding: 1 }),
      ),
      [32, 3, 8, 8],
      2e-4,
    ))

  it('batch norm and ReLU after a convolution', () =>
    expectSame(sequential(conv2d(16, 32, 3, { bias: false }), batchNorm2d(32), relu()), [4, 16, 8, 8]))

  it('batch norm by running statistics', async () => {
    const model = sequential(conv2d(16, 32, 3, { bias: false }), batchNorm2d(32), relu(), conv2d(32, 16, 1))
    const graph = evaluationGraph(model, [2, 16, 8, 8])
    const feeds = feedsOf(graph, model, 0)
    const [plain, fast] = [await compileGraph(graph, { lowering: false }), await compileGraph(graph)]
    expect(distance((await fast.call(feeds)).output!, (await plain.call(feeds)).output!)).toBeLessThan(1e-5)
  })

  it('pooling, also of ties', () =>
    expectSame(sequential(conv2d(16, 32, 3, { padding: 1 }), relu(), maxPool2d(2)), [2, 16, 8, 8]))

  it('pooling of channels that are no whole blocks, with ties', () =>
    expectSame(sequential(conv2d(1, 6, 3, { padding: 1 }), relu(), maxPool2d(2)), [8, 1, 8, 6]))

  it('pooling that overlaps or is padded', () =>
    expectSame(
      sequential(conv2d(16, 16, 1), maxPool2d(3, { stride: 2, padding: 1 }), maxPool2d(2, { stride: 1 })),
      [2, 16, 9, 9],
    ))

  it('a residual block with global pooling', () =>
    expectSame(
      sequential(
        conv2d(3, 16, 3, { padding: 1 }),
        residual(
          sequential(
            conv2d(16, 16, 3, { padding: 1, bias: false }),
            batchNorm2d(16),
            relu(),
            conv2d(16, 16, 1),
          ),
        ),
        relu(),
        globalAvgPool(),
        linear(16, 5),
      ),
      [2, 3, 8, 8],
    ))

  const { relu6, tanh, avgPool2d } = nn
  const gray = conv2d(1, 6, 3, { padding: 1 })
  it.each([
    ['ReLU and pooling', sequential(gray, relu(), maxPool2d(2), conv2d(6, 16, 3)), [32, 1, 8, 8]],
    ['ReLU6, without bias', sequential(conv2d(1, 5, 3, { bias: false }), relu6()), [16, 1, 8, 8]],
    ['pooling before the activation', sequential(gray, maxPool2d(2), tanh()), [16, 1, 6, 6]],
    [
      'pooling that overlaps',
      sequential(gray, relu(), maxPool2d(3, { stride: 2, padding: 1 })),
      [16, 1, 9, 9],
    ],
    [
      'batch norm',
      sequential(conv2d(1, 6, 3, { bias: false }), batchNorm2d(6), relu(), maxPool2d(2)),
      [16, 1, 8, 8],
    ],
    ['mean pooling', sequential(gray, relu(), avgPool2d(2)), [16, 1, 8, 8]],
    ['global pooling', sequential(gray, relu(), globalAvgPool()), [16, 1, 8, 8]],
    ['a shortcut', sequential(gray, residual(sequential(relu(), conv2d(6, 6, 1)))), [16, 1, 8, 8]],
    ['two of them added', residual(gray, { shortcut: conv2d(1, 6, 1) }), [16, 1, 8, 8]],
    ['stride 2, cut off at the end', sequential(conv2d(1, 6, 3, { stride: 2 }), relu()), [16, 1, 8, 8]],
    ['dilated', conv2d(1, 6, 3, { dilation: 2, padding: 2 }), [16, 1, 8, 8]],
  ] as [string, Layer, Shape][])('images of one channel: %s', (_, model, shape) => expectSame(model, shape))

  it('lenet, vgg and resnet18', async () => {
    await expectSame(zoo.lenet(), [3, 1, 28, 28])
    await expectSame(zoo.lenet(), [16, 1, 28, 28])
    await expectSame(sequential(zoo.vgg(), flatten()), [2, 3, 32, 32], 2e-4)
    await expectSame(zoo.resnet18(), [2, 3, 32, 32], 1e-3)
  }, 120_000)
})

describe('lowered graphs', () => {
  let block: number | undefined
  beforeAll(async () => {
    block = await blockSize()
  })

  it('finds the block size of this machine, or none', () => {
    expect([8, 16, undefined]).toContain(block)
  })

  it('reorders only at the ends', () => {
    const model = nn.sequential(
      nn.conv2d(16, 16, 3, { padding: 1, bias: false }),
      nn.batchNorm2d(16),
      nn.relu(),
      nn.maxPool2d(2),
      nn.conv2d(16, 32, 3, { padding: 1 }),
      nn.relu(),
      nn.globalAvgPool(),
    )
    const x = input('x', [5, 16, 8, 8])
    const { output, tensors, updates } = trace(model, x, { training: true })
    const graph = lower(new Graph([x, ...tensors.values()], { output, ...Object.fromEntries(updates) }), {
      block: 16,
    })
    const isOfImages = (value: Value | undefined) => value?.shape[0] === 5
    const count = (type: string) =>
      graph.nodes.filter((node) => node.op.type === type && isOfImages(node.inputs[0])).length
    expect([count('ReorderInput'), count('ReorderOutput'), count('Relu')]).toEqual([1, 0, 0])
  })
})

describe('images of one channel', () => {
  it('stay in blocks of images from the first convolution to the pooling, and back', () => {
    const model = nn.sequential(nn.conv2d(1, 6, 5, { padding: 2 }), nn.relu(), nn.maxPool2d(2))
    const graph = lower(trainingGraph(model, [16, 1, 8, 8]), { block: 16 })
    const count = (type: string) => graph.nodes.filter(({ op }) => op.type === type).length
    // In: the images and what the loss says of the result. Out: the result. The images' own gradient is in neither.
    expect([count('ReorderInput'), count('ReorderOutput'), count('Relu')]).toEqual([2, 2, 0])
  })
})

describe('every operator sample, forward and backward', () => {
  const cases = Object.entries(operatorSamples).flatMap(([operator, samples]) =>
    samples.map((sample) => ({ operator, sample, name: sample.name })),
  )

  it.each(cases)('$operator: $name', async ({ operator, sample }) => {
    const tensors = tensorsOf(sample, sample.float ?? 'float32')
    const inputs = tensors.map(({ shape, dtype }, i) => input(`x${i}`, shape, dtype))
    const built = sample.build(...inputs)
    const results = built instanceof Value ? [built] : built
    const outputs = Object.fromEntries(results.map((value, i) => [`y${i}`, value]))
    const differentiable = findOperator(operator).grad !== 'none'
    const wrt = differentiable ? inputs.filter(({ dtype }) => isFloat(dtype)) : []
    const floats = results.filter(({ dtype }) => isFloat(dtype))
    if (wrt.length > 0 && floats.length > 0) {
      const total = floats.map((value) => sum(mul(value, value))).reduce((a, b) => add(a, b))
      gradients(total, wrt).forEach((grad, i) => {
        outputs[`grad ${wrt[i]!.name}`] = grad
      })
    }
    const graph = new Graph(inputs, outputs)
    const feeds = Object.fromEntries(tensors.map((given, i) => [`x${i}`, given]))
    const [plain, fast] = await Promise.all([
      compileGraph(graph, { lowering: false }),
      compileGraph(graph, { lowering: true }),
    ])
    const [expected, found] = [await plain.call(feeds), await fast.call(feeds)]
    for (const [name, value] of Object.entries(expected)) {
      expect(distance(found[name]!, value), name).toBeLessThan(1e-5)
    }
  })
})
