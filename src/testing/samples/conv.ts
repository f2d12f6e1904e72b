import type { Value } from '../../graph/index.ts'
import * as ops from '../../ops/index.ts'
import type { SampleTable } from '../operators.ts'
import { floats, type Sample, sample } from '../sample.ts'

interface Case {
  readonly name: string
  readonly x: readonly number[]
  readonly weight: readonly number[]
  readonly options?: ops.ConvOptions
}

/** Convolutions of every kind; the last windows of some do not reach the end of the input. */
const cases: readonly Case[] = [
  { name: 'plain', x: [2, 2, 4, 5], weight: [3, 2, 3, 2] },
  { name: 'padded', x: [1, 2, 4, 4], weight: [2, 2, 3, 3], options: { pads: 1 } },
  { name: 'stride 2, padded', x: [2, 1, 6, 5], weight: [2, 1, 3, 3], options: { strides: 2, pads: 1 } },
  {
    name: 'stride 2, uneven pads',
    x: [1, 2, 5, 5],
    weight: [2, 2, 3, 3],
    options: { strides: 2, pads: [0, 1, 1, 0] },
  },
  { name: 'dilation 2', x: [1, 2, 6, 7], weight: [2, 2, 3, 2], options: { dilations: 2, pads: 1 } },
  {
    name: 'stride 3, dilation 2',
    x: [1, 1, 9, 8],
    weight: [2, 1, 2, 3],
    options: { strides: [3, 2], dilations: [2, 1] },
  },
  { name: 'two groups', x: [2, 4, 4, 4], weight: [6, 2, 2, 2], options: { group: 2, strides: 2 } },
  { name: 'depthwise', x: [1, 3, 5, 5], weight: [3, 1, 3, 3], options: { group: 3, pads: 1 } },
  { name: '1 by 1', x: [2, 3, 2, 2], weight: [2, 3, 1, 1] },
  { name: '1d', x: [2, 2, 7], weight: [3, 2, 3], options: { strides: 2, pads: 1 } },
  { name: '1d, dilated groups', x: [1, 4, 8], weight: [4, 2, 3], options: { dilations: 2, group: 2 } },
]

const attrsOf = ({ weight, options = {} }: Case): ops.ConvAttrs => {
  const { bias: _, group = 1, ...window } = options
  return { ...ops.windowFrom(weight.slice(2), window), group }
}

const outputOf = (item: Case) => ops.convShape(item.x, item.weight, attrsOf(item))

const forward = cases.map((item) =>
  sample(item.name, [floats(item.x), floats(item.weight)], (x, w) => ops.conv(x, w, item.options)),
)
const inputGradients = cases.map((item) =>
  sample(item.name, [floats(outputOf(item)), floats(item.weight)], (dy, w) =>
    ops.convInputGrad(dy, w, item.x, attrsOf(item)),
  ),
)
const weightGradients = cases.map((item) =>
  sample(item.name, [floats(item.x), floats(outputOf(item))], (x, dy) =>
    ops.convWeightGrad(x, dy, item.weight.slice(2), attrsOf(item)),
  ),
)

const transposed = (name: string, x: number[], w: number[], options: ops.ConvTransposeOptions = {}): Sample =>
  sample(name, [floats(x), floats(w)], (a, b) => ops.convTranspose(a, b, options))

const biased = (build: (x: Value, w: Value, bias: Value) => Value) =>
  sample('bias', [floats([2, 2, 3, 3]), floats([2, 2, 2, 2]), floats([2])], build)

/** Samples of convolutions and their gradients. */
export const convSamples: SampleTable = {
  Conv: [...forward, biased((x, weight, bias) => ops.conv(x, weight, { bias }))],
  'gradus.ConvInputGrad': inputGradients,
  'gradus.ConvWeightGrad': weightGradients,
  ConvTranspose: [
    transposed('plain', [1, 2, 3, 3], [2, 3, 2, 2]),
    transposed('stride 2, padded', [1, 2, 3, 4], [2, 2, 3, 3], { strides: 2, pads: 1 }),
    transposed('output padding', [1, 2, 3, 3], [2, 1, 3, 3], { strides: 2, pads: 1, outputPadding: 1 }),
    transposed('dilation 2', [1, 1, 3, 3], [1, 2, 2, 3], { dilations: 2, pads: 1 }),
    transposed('two groups', [1, 4, 2, 3], [4, 2, 2, 2], { group: 2, strides: 2 }),
    transposed('1d', [2, 2, 4], [2, 3, 3], { strides: 2 }),
    biased((x, weight, bias) => ops.convTranspose(x, weight, { bias })),
  ],
}
