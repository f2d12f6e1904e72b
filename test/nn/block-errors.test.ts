import { describe, expect, it } from 'vitest'
import type { DType, Shape } from '../../src/core/index.ts'
import { input } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'

describe('bad options fail when the layer is built', () => {
  it.each([
    [
      () => nn.prelu({ channels: 0 }),
      'prelu: expected the number of channels to be a whole number >= 1, got 0',
    ],
    [() => nn.prelu({ init: Number.NaN }), 'prelu: expected a finite slope to start with, got NaN'],
    [() => nn.rrelu(0.5, 0.25), 'rrelu: expected slopes 0 <= lower <= upper, got 0.5 and 0.25'],
    [() => nn.elu(0), 'elu: expected alpha > 0, got 0'],
    [() => nn.maxout(0), 'maxout: expected the number of pieces to be a whole number >= 1, got 0'],
    [() => nn.maxoutLinear(0, 3), 'maxoutLinear: expected the number of inputs to be a whole number >= 1'],
    [() => nn.layerNorm(1), 'layerNorm: expected a shape of at least two elements, got [1]'],
    [() => nn.layerNorm([]), 'layerNorm: expected a shape of at least two elements, got []'],
    [() => nn.layerNorm(4, { eps: 0 }), 'layerNorm: expected eps > 0, got 0'],
    [() => nn.groupNorm(4, 6), 'groupNorm: 4 groups do not divide 6 channels'],
    [() => nn.instanceNorm2d(0), 'instanceNorm2d: expected the number of channels to be a whole number >= 1'],
    [
      () => nn.embedding(7, 0.5),
      'embedding: expected the number of features to be a whole number >= 1, got 0.5',
    ],
    [
      () => nn.learnedPositions(0, 4),
      'learnedPositions: expected the length to be a whole number >= 1, got 0',
    ],
    [() => nn.multiHeadAttention(6, 4), 'multiHeadAttention: 4 heads do not divide 6 features'],
    [
      () => nn.multiHeadAttention(6, 2, { dropout: 1.2 }),
      'multiHeadAttention: expected a probability 0 <= p < 1, got 1.2',
    ],
    [() => nn.transformerBlock(6, 2, { norm: 'after' as never }), 'unknown norm of transformerBlock "after"'],
    [
      () => nn.basicBlock(3, 4, { stride: 0 }),
      'basicBlock: expected the stride to be a whole number >= 1, got 0',
    ],
    [
      () => nn.bottleneck(3, 4, { expansion: 0 }),
      'bottleneck: expected the expansion to be a whole number >= 1',
    ],
    [() => nn.depthwiseSeparable(3, 4, { kernel: 2 }), 'depthwiseSeparable: expected an odd kernel, got 2'],
  ])('%#', (build, message) => {
    expect(build).toThrow(message)
  })
})

describe('inputs that do not fit name the layer', () => {
  const table: readonly [nn.Layer, Shape, string, DType?][] = [
    [nn.prelu({ channels: 3 }), [2, 4], 'expected input [N, 3, ...], got [N, 4]'],
    [nn.maxout(3), [2, 4], 'expected input with channels in groups of 3, got [N, 4]'],
    [nn.layerNorm([3, 4]), [2, 4], 'expected input [N, ..., 3, 4], got [N, 4]'],
    [nn.groupNorm(2, 4), [2, 3, 2], 'expected input [N, 4, ...], got [N, 3, 2]'],
    [nn.groupNorm(4, 4), [2, 4], 'expected more than one value per group, got an input [2, 4]'],
    [nn.instanceNorm1d(4), [2, 4], 'expected input [N, 4, L], got [N, 4]'],
    [nn.instanceNorm2d(4), [2, 4, 1, 1], 'expected more than one value per group, got an input [2, 4, 1, 1]'],
    [nn.embedding(7, 4), [2, 3], 'expected ids int32 or int64, got float32'],
    [nn.sinusoidalPositions(), [2, 3, 5], 'expected input [N, T, D] with even D, got [N, 3, 5]'],
    [nn.learnedPositions(3, 4), [2, 5, 4], 'expected at most 3 positions of 4 features, got 5 of 4'],
    [nn.multiHeadAttention(4, 2), [2, 4], 'expected input [N, T, 4], got [N, 4]'],
    [nn.transformerBlock(4, 2), [2, 3, 6], 'expected input [N, T, 4], got [N, 3, 6]'],
  ]

  it.each(table)('$type', (layer, shape, message) => {
    const model = nn.sequential({ here: layer })
    expect(() => nn.trace(model, input('x', shape), { training: true })).toThrow(
      `${layer.type} "here": ${message}`,
    )
  })
})

describe('tokens', () => {
  const model = nn.sequential({
    tokens: nn.embedding(11, 4),
    positions: nn.learnedPositions(6, 4),
    block: nn.transformerBlock(4, 2, { causal: true }),
    norm: nn.layerNorm(4),
    head: nn.linear(4, 11),
  })

  it.each(['int32', 'int64'] as const)('%s go through a model', (dtype) => {
    const { output } = nn.trace(model, input('ids', [2, 6], dtype), { training: true })
    expect(output.toString()).toBe('float32 [2, 6, 11]')
  })

  it('have a summary', () => {
    const { parameters, decayed } = nn.summary(model, [6], 'int32')
    // 11 x 4 tokens, 6 x 4 positions, 12 x 4^2 + 13 x 4 in the block, a norm, and the head.
    expect(parameters).toBe(44 + 24 + (12 * 16 + 13 * 4) + 8 + 55)
    expect(decayed).toBe(44 + 24 + 12 * 16 + 44)
  })
})

describe('the catalog', () => {
  it('refuses a second layer of a name', () => {
    const define = () =>
      nn.defineLayer('blockErrorsMine', () => ({ forward: (x) => x }), {
        doc: 'Mine.',
        examples: [{ name: 'rows', args: [], input: [2, 3] }],
      })
    expect(define()().type).toBe('blockErrorsMine')
    expect(define).toThrow('layer blockErrorsMine is registered twice')
  })
})
