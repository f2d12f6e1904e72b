import { describe, expect, it } from 'vitest'
import { GradusError } from '../../src/core/index.ts'
import { input, withScope } from '../../src/graph/index.ts'
import * as ops from '../../src/ops/index.ts'

const x = (...shape: number[]) => input('x', shape)
const other = (...shape: number[]) => input('w', shape)

/** What is built, and what the message must say. */
const table: readonly [what: string, build: () => unknown, says: readonly string[]][] = [
  [
    'dtypes that differ',
    () => ops.add(x(2), input('i', [2], 'int64')),
    ['Add', 'one dtype', 'float32 and int64', 'cast'],
  ],
  ['shapes that do not broadcast', () => ops.mul(x(2, 3), other(2)), ['Mul', '[2, 3] and [2]', 'last axis']],
  ['comparisons as numbers', () => ops.exp(ops.greater(x(2), 0)), ['Exp', 'floating-point', 'bool']],
  ['an axis out of range', () => ops.softmax(x(2, 3), 2), ['Softmax', 'axis 2', '-2 .. 1']],
  ['a reduction of an axis twice', () => ops.sum(x(2, 3), { axes: [0, -2] }), ['axes [0, -2]', 'repeat']],
  [
    'a size that does not fit',
    () => ops.reshape(x(2, 3), [4, -1]),
    ['Reshape', '[2, 3] (6 elements)', '[4, -1]'],
  ],
  ['an axis that is not 1', () => ops.squeeze(x(2, 3), [0]), ['Squeeze', 'axis 0 of [2, 3]']],
  ['an expansion to fewer', () => ops.expand(x(2, 3), [2, 2]), ['Expand', '[2, 3] to [2, 2]']],
  ['an order that is none', () => ops.transpose(x(2, 3), [1]), ['Transpose', 'perm [1]', '[2, 3]']],
  [
    'parts that differ elsewhere',
    () => ops.concat([x(2, 3), other(2, 4)]),
    ['Concat', '[2, 3] and [2, 4]', 'axis 0'],
  ],
  ['nothing to join', () => ops.concat([]), ['Concat', 'at least one']],
  [
    'uneven parts',
    () => ops.split(x(5), 2),
    ['Split', 'the 5 of axis 0', '2 equal parts', 'split(x, [2, 3]'],
  ],
  ['sizes that do not add up', () => ops.split(x(5), [2, 2]), ['Split', '[2, 2]', '5']],
  ['a step of 0', () => ops.slice(x(5), { starts: 0, steps: 0 }), ['Slice', 'step', '0']],
  [
    'a mirror larger than the image',
    () => ops.pad(x(2), [[2, 0]], { mode: 'reflect' }),
    ['Pad', 'reflect', 'axis 0'],
  ],
  ['too much cut off', () => ops.pad(x(2), [[-3, 0]]), ['Pad', '-3', '2 elements of axis 0']],
  ['repeats for some axes', () => ops.tile(x(2, 3), [2]), ['Tile', '[2, 3]', '[2]']],
  [
    'positions that are not integers',
    () => ops.gather(x(4), other(2)),
    ['Gather', 'int64 or int32', 'float32'],
  ],
  [
    'index vectors too long',
    () => ops.gatherND(x(4), input('i', [3, 2], 'int64')),
    ['GatherND', '[3, 2]', '[4]'],
  ],
  [
    'one update too many',
    () => ops.scatterND(x(4), input('i', [2, 1], 'int64'), other(3)),
    ['ScatterND', '[2]', '[3]'],
  ],
  ['inner sizes', () => ops.matmul(x(2, 3), other(4, 5)), ['MatMul', '[2, 3] by [4, 5]', '3 and 4']],
  [
    'stacks of different sizes',
    () => ops.matmul(x(2, 1, 3), other(3, 3, 1)),
    ['MatMul', 'before the last two'],
  ],
  ['a product of scalars', () => ops.matmul(x(), other(3)), ['MatMul', 'scalar']],
  [
    'inner sizes of transposed matrices',
    () => ops.gemm(x(2, 3), other(4, 5), { transB: true }),
    ['Gemm', '[2, 3] by [5, 4]', 'after transposition'],
  ],
  [
    'a bias of another width',
    () => ops.gemm(x(2, 3), other(3, 4), { bias: input('b', [3]) }),
    ['Gemm', '[3]', '[2, 4]'],
  ],
  [
    'a bias larger than the product',
    () => ops.gemm(x(1, 3), other(3, 4), { bias: input('b', [5, 4]) }),
    ['Gemm', '[5, 4]', '[1, 4]'],
  ],
  [
    'channels',
    () => ops.conv(x(1, 3, 8, 8), other(4, 2, 3, 3)),
    ['Conv', '[4, 2, 3, 3]', '2 input channels, got 3'],
  ],
  [
    'channels of groups',
    () => ops.conv(x(1, 4, 8, 8), other(3, 2, 3, 3), { group: 2 }),
    ['Conv', '3 output channels', '2 groups'],
  ],
  [
    'a kernel larger than the input',
    () => ops.conv(x(1, 1, 4, 4), other(1, 1, 3, 7), { pads: 1 }),
    ['Conv', 'covers 7', 'spatial axis 1', 'has 6', 'pad more'],
  ],
  [
    'a missing batch axis',
    () => ops.conv(x(3, 8, 8), other(4, 3, 3, 3)),
    ['Conv', '[N, C, spatial...]', '[3, 8, 8]'],
  ],
  [
    'a stride of 0',
    () => ops.conv(x(1, 1, 4, 4), other(1, 1, 2, 2), { strides: 0 }),
    ['Conv', 'strides', '[0, 0]'],
  ],
  [
    'pads for another number of axes',
    () => ops.conv(x(1, 1, 4, 4), other(1, 1, 2, 2), { pads: [1, 1, 1] }),
    ['Conv', '4 pads', '[1, 1, 1]'],
  ],
  [
    'a bias per pixel',
    () => ops.conv(x(1, 1, 4, 4), other(2, 1, 2, 2), { bias: input('b', [3]) }),
    ['Conv', 'bias [2]', '[3]'],
  ],
  [
    'output padding',
    () => ops.convTranspose(x(1, 1, 4), other(1, 1, 2), { outputPadding: 1 }),
    ['ConvTranspose', 'output_padding 1', 'stride 1'],
  ],
  [
    'channels of a transposed convolution',
    () => ops.convTranspose(x(1, 3, 4), other(2, 1, 2)),
    ['ConvTranspose', '2 input channels', 'got 3'],
  ],
  [
    'a window of padding',
    () => ops.maxPool(x(1, 1, 4, 4), { kernel: [2, 2], pads: 2 }),
    ['MaxPool', 'smaller than the kernel', '2'],
  ],
  [
    'a pool larger than the input',
    () => ops.averagePool(x(1, 1, 4, 4), { kernel: [5, 5] }),
    ['AveragePool', 'covers 5', 'has 4'],
  ],
  [
    'a scale of another size',
    () => ops.batchNormTraining(x(2, 3), other(2), input('b', [3])),
    ['BatchNormTraining', 'scale [3]', '[2]'],
  ],
  [
    'an empty batch',
    () => ops.batchNormTraining(x(0, 2), other(2), input('b', [2])),
    ['BatchNormTraining', 'empty batch', '[0, 2]'],
  ],
  ['limits in the wrong order', () => ops.clip(x(2), { min: 1, max: 0 }), ['Clip', 'min <= max', '1 and 0']],
]

describe('errors say what was expected and what was found', () => {
  it.each(table)('%s', (_what, build, says) => {
    expect(build).toThrow(GradusError)
    for (const part of says) expect(build).toThrow(part)
  })

  it('name the layer and the inputs', () => {
    const build = () => withScope('layer1.0.conv1', () => ops.conv(x(1, 3, 8, 8), other(4, 2, 3, 3)))
    expect(build).toThrow('Conv in layer1.0.conv1: ')
    expect(build).toThrow('inputs: x float32 [1, 3, 8, 8]; w float32 [4, 2, 3, 3]')
  })
})
