import { describe, expect, it } from 'vitest'
import type { Shape } from '../../src/core/index.ts'
import { input } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'

/** The whole text of the error that building the graph gives. */
function messageOf(model: nn.Layer, shape: Shape, training = false): string {
  try {
    nn.trace(model, input('x', shape), { training })
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('no error')
}

describe('bad options fail when the layer is built', () => {
  it.each([
    [
      () => nn.linear(4, 3, { bais: false } as never),
      'unknown option of linear "bais"; did you mean "bias"?',
    ],
    [() => nn.conv2d(3, 4, 3, { paddin: 1 } as never), 'unknown option of conv2d "paddin"'],
    [() => nn.maxPool2d(2, { strid: 1 } as never), 'unknown option of maxPool2d "strid"'],
    [() => nn.batchNorm2d(2, { epsilon: 1 } as never), 'unknown option of batchNorm2d "epsilon"'],
    [() => nn.layerNorm(2, { epsilon: 1 } as never), 'unknown option of layerNorm "epsilon"'],
    [
      () => nn.losses.crossEntropy({ labelSmothing: 0.1 } as never),
      'unknown option of crossEntropy "labelSmothing"; did you mean "labelSmoothing"?',
    ],
    [() => nn.losses.huber({ detla: 1 } as never), 'unknown option of huber "detla"'],
    [() => nn.sequential([nn.relu()] as never), 'sequential: expected layers, got an array of them'],
    [() => nn.sequential(nn.relu(), nn.relu as never), 'sequential: expected a layer at 1, got function'],
    [
      () => nn.linear(4, 3, false as never),
      'linear: expected options by name, got false\n  known: bias, init; for example { bias: ... }',
    ],
    [() => nn.residual({ body: nn.relu() } as never), 'residual: expected a layer as "body", got object'],
    [
      () => nn.sequential({ fc: nn.linear(2, 2), act: nn.relu as never }),
      'sequential: expected a layer as "act", got function\n  call the function that makes it: nn.relu() is a layer',
    ],
    [() => nn.init.calibrated({ fan: 'both' as never }), 'unknown fan of init.calibrated "both"'],
    [() => nn.losses.huber(0.5 as never), 'huber: expected options by name, got 0.5'],
    [() => nn.linear(0, 3), 'linear: expected the number of inputs to be a whole number >= 1, got 0'],
    [() => nn.linear(3, 1.5), 'linear: expected the number of outputs to be a whole number >= 1, got 1.5'],
    [() => nn.conv2d(3, 4, 0), 'conv2d: expected the kernel to be a whole number >= 1, got 0'],
    [
      () => nn.conv2d(3, 4, 3, { padding: -1 }),
      'conv2d: expected the padding to be a whole number >= 0, got -1',
    ],
    [
      () => nn.conv2d(3, 4, 3, { stride: [1, 0] }),
      'conv2d: expected the stride to be a whole number >= 1, got 0',
    ],
    [() => nn.conv2d(4, 6, 3, { groups: 4 }), 'conv2d: 4 groups do not divide 4 input and 6 output channels'],
    [
      () => nn.conv1d(4, 6, 3, { dilation: 0 }),
      'conv1d: expected the dilation to be a whole number >= 1, got 0',
    ],
    [() => nn.conv2d(3, 4, [3, 3, 3] as never), 'conv2d: expected the kernel to be one number or 2, got 3'],
    [
      () => nn.batchNorm2d(-1),
      'batchNorm2d: expected the number of features to be a whole number >= 1, got -1',
    ],
    [() => nn.batchNorm1d(3, { momentum: 0 }), 'batchNorm1d: expected 0 < momentum <= 1, got 0'],
    [() => nn.batchNorm1d(3, { eps: 0 }), 'batchNorm1d: expected eps > 0, got 0'],
    [() => nn.maxPool2d(2, { padding: 2 }), 'maxPool2d: padding 2 is more than half of the kernel 2'],
    [() => nn.dropout(1.2), 'dropout: expected a probability 0 <= p < 1, got 1.2'],
    [() => nn.dropout(Number.NaN), 'dropout: expected a probability 0 <= p < 1, got NaN'],
    [() => nn.leakyRelu(Number.POSITIVE_INFINITY), 'leakyRelu: expected a finite slope, got Infinity'],
    [() => nn.gelu('exact' as never), 'unknown gelu "exact"'],
    [
      () => nn.sequential({ '0': nn.relu() }),
      'sequential: a layer cannot be named 0\n  list the layers without names',
    ],
    [
      () => nn.sequential({ 'a.b': nn.relu() }),
      'sequential: "a.b" cannot be a name: it is empty or has a dot',
    ],
  ])('%#', (build, message) => {
    expect(build).toThrow(message)
  })
})

describe('shapes that do not fit name the layer, where the tensor comes from and the way out', () => {
  it('linear', () => {
    const model = nn.sequential({
      conv: nn.conv2d(3, 128, 3, { padding: 1 }),
      pool2: nn.maxPool2d(2),
      flatten: nn.flatten(),
      fc1: nn.linear(512, 10),
    })
    expect(messageOf(model, [64, 3, 8, 8])).toBe(
      [
        'linear "fc1": expected input [N, 512], got [N, 2048]',
        'the tensor comes from flatten "flatten" [N, 2048] <- maxPool2d "pool2" [N, 128, 4, 4] <- conv2d "conv" [N, 128, 8, 8]',
        'set the layer to nn.linear(2048, 10), or change what comes before it',
      ].join('\n  '),
    )
  })

  it('linear on images', () => {
    expect(messageOf(nn.linear(48, 10), [64, 3, 4, 4])).toBe(
      'linear: expected input [N, 48], got [N, 3, 4, 4]\n  put nn.flatten() before it',
    )
    expect(messageOf(nn.linear(10, 2), [64, 3, 4, 4])).toBe(
      'linear: expected input [N, 10], got [N, 3, 4, 4]\n  put nn.flatten() before it and set the layer to nn.linear(48, 2)',
    )
  })

  it('the origin skips what other branches did', () => {
    const branch = nn.sequential(nn.linear(4, 8), nn.tanh())
    const model = nn.sequential({
      start: nn.linear(4, 4),
      block: nn.residual(branch, { shortcut: nn.linear(4, 8) }),
      end: nn.linear(9, 2),
    })
    expect(messageOf(model, [5, 4]).split('\n  ')[1]).toBe(
      'the tensor comes from tanh "block.body.1" [N, 8] <- linear "block.body.0" [N, 8] <- linear "start" [N, 4]',
    )
  })

  it('residual', () => {
    expect(messageOf(nn.residual(nn.linear(4, 8)), [5, 4])).toContain(
      'residual: the body gives [N, 8], the shortcut [N, 4]',
    )
  })

  it.each([
    [
      nn.conv2d(3, 8, 3),
      [2, 1, 8, 8],
      'conv2d: expected input [N, 3, H, W], got [N, 1, 8, 8]\n  set the layer to nn.conv2d(1, 8, ...), or change what comes before it',
    ],
    [nn.conv1d(3, 8, 3), [2, 3], 'conv1d: expected input [N, 3, L], got [N, 3]'],
    [nn.conv2d(3, 8, 5), [2, 3, 4, 8], 'Conv: '],
    [nn.maxPool2d(2), [2, 3, 1, 4], 'maxPool2d: expected input [N, C, H >= 2, W >= 2], got [N, 3, 1, 4]'],
    [nn.avgPool1d(3), [2, 3], 'avgPool1d: expected input [N, C, L >= 3], got [N, 3]'],
    [nn.globalAvgPool(), [2, 3], 'globalAvgPool: expected input [N, C, H, W], got [N, 3]'],
    [nn.batchNorm2d(4), [2, 3, 4, 4], 'batchNorm2d: expected input [N, 4, H, W], got [N, 3, 4, 4]'],
    [nn.batchNorm1d(4), [2, 4, 4, 4], 'batchNorm1d: expected input [N, 4] or [N, 4, L], got [N, 4, 4, 4]'],
  ] as [nn.Layer, Shape, string][])('%#', (layer, shape, message) => {
    expect(messageOf(layer, shape)).toContain(message)
  })

  it('a batch of one has no variance', () => {
    const model = nn.sequential({ fc: nn.linear(8, 4), bn: nn.batchNorm1d(4) })
    expect(messageOf(model, [1, 8], true)).toContain(
      'batchNorm1d "bn": training needs more than one value per channel, got an input [1, 4]',
    )
    expect(nn.trace(model, input('x', [1, 8]), { training: false }).output.shape).toEqual([1, 4])
  })
})

describe('a layer of your own', () => {
  const inside = (layer: nn.Layer) => messageOf(nn.sequential(nn.relu(), layer), [2, 3])
  const own = (forward: () => unknown) => nn.defineLayer('own', () => ({ forward: forward as never }))()

  it('that throws says which one it is', () => {
    const message = inside(
      own(() => {
        throw new TypeError('no luck')
      }),
    )
    expect(message).toMatch(/^own "1": no luck\n(.|\n)* {2}its forward threw this$/)
  })

  it.each([
    [undefined, 'nothing'],
    [3, 'number'],
    [[], 'an array'],
  ])('that gives %j instead of a value', (given, got) => {
    expect(inside(own(() => given))).toContain(`own "1": expected its forward to give a value, got ${got}`)
  })
})
