import * as ops from '../../ops/index.ts'
import type { SampleTable } from '../operators.ts'
import { floats, type Sample, sample } from '../sample.ts'

interface Case {
  readonly name: string
  readonly x: readonly number[]
  readonly options: ops.PoolOptions
}

const cases: readonly Case[] = [
  { name: 'side by side', x: [2, 2, 4, 4], options: { kernel: [2, 2], strides: 2 } },
  { name: 'overlapping', x: [1, 2, 5, 5], options: { kernel: [3, 2], strides: [1, 2] } },
  { name: 'overlapping, padded', x: [1, 2, 5, 6], options: { kernel: [3, 3], strides: 2, pads: 1 } },
  { name: 'uneven pads', x: [1, 1, 4, 4], options: { kernel: [2, 2], strides: 2, pads: [0, 1, 1, 0] } },
  { name: 'rest left over', x: [1, 1, 5, 7], options: { kernel: [2, 2], strides: 3 } },
  { name: '1d', x: [2, 2, 7], options: { kernel: [3], strides: 2, pads: 1 } },
]
const dilated: Case = {
  name: 'dilation 2',
  x: [1, 1, 6, 6],
  options: { kernel: [2, 3], strides: 1, dilations: 2 },
}

const attrsOf = ({ kernel, ...options }: ops.PoolOptions) => ops.windowFrom(kernel, options)
const outputOf = ({ x, options }: Case) => ops.pooledShape(x, attrsOf(options))

const averages = (item: Case, countIncludePad: boolean): Sample =>
  sample(`${item.name}${countIncludePad ? ', padding counts' : ''}`, [floats(item.x)], (x) =>
    ops.averagePool(x, { ...item.options, countIncludePad }),
  )
const averageGradients = (item: Case, include: boolean): Sample =>
  sample(`${item.name}${include ? ', padding counts' : ''}`, [floats(outputOf(item))], (dy) =>
    ops.averagePoolGrad(dy, item.x, { ...attrsOf(item.options), count_include_pad: Number(include) }),
  )

/** Samples of pooling and its gradients. */
export const poolSamples: SampleTable = {
  AveragePool: cases.flatMap((item) => [averages(item, false), averages(item, true)]),
  GlobalAveragePool: [
    sample('2d', [floats([2, 3, 2, 3])], ops.globalAveragePool),
    sample('1d', [floats([2, 3, 4])], ops.globalAveragePool),
  ],
  GlobalMaxPool: [
    sample('2d', [floats([2, 3, 2, 3])], ops.globalMaxPool),
    sample('1d', [floats([2, 3, 4])], ops.globalMaxPool),
  ],
  MaxPool: [...cases, dilated].map((item) =>
    sample(item.name, [floats(item.x)], (x) => ops.maxPool(x, item.options)),
  ),
  'gradus.AveragePoolGrad': cases.flatMap((item) => [
    averageGradients(item, false),
    averageGradients(item, true),
  ]),
  'gradus.MaxPoolGrad': [...cases, dilated].map((item) =>
    sample(item.name, [floats(outputOf(item)), floats(item.x)], (dy, x) =>
      ops.maxPoolGrad(dy, x, ops.maxPool(x, item.options), attrsOf(item.options)),
    ),
  ),
}
