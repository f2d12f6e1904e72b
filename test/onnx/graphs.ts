import { type DType, dtypes, type Tensor, zeros } from '../../src/core/index.ts'
import { constant, Graph, input, type Value, withScope } from '../../src/graph/index.ts'
import {
  abs,
  add,
  apply,
  applyAll,
  cast,
  defineOperator,
  equal,
  greater,
  leakyRelu,
  logicalAnd,
  logicalNot,
  logSumExp,
  max,
  mean,
  mul,
  relu,
  reshape,
  sum,
  transpose,
  unsqueeze,
  where,
} from '../../src/ops/index.ts'

/** An operator of tests with an attribute of each kind, three inputs of which one may be left out, and two outputs. */
export const everyKind = defineOperator<
  [a: Value, b: Value | undefined, c: Value],
  {
    int?: number
    float?: number
    string?: string
    ints?: readonly number[]
    floats?: readonly number[]
    strings?: readonly string[]
    tensor?: Tensor
  }
>({
  type: 'EveryKind',
  domain: 'com.microsoft',
  doc: 'Nothing; it exists in tests only.',
  attributes: {
    int: 'int',
    float: 'float',
    string: 'string',
    ints: 'ints',
    floats: 'floats',
    strings: 'strings',
    tensor: 'tensor',
  },
  infer: ([a, , c]) => [a, c],
  grad: 'none',
})

/** A function of Gradus: |x| + 1. */
export const absPlusOne = defineOperator<[x: Value]>({
  type: 'AbsPlusOne',
  domain: 'gradus',
  doc: '|x| + 1; it exists in tests only.',
  attributes: {},
  infer: ([x]) => [x],
  expand: ([x]) => [add(abs(x), 1)],
  grad: 'expand',
})

const scoped = () => {
  const x = input('x', [2, 3])
  const hidden = withScope('layer1', () => withScope('0', () => relu(add(mul(x, 2), constant([1, 2, 3])))))
  return new Graph([x], { y: withScope('head', () => leakyRelu(transpose(hidden), 0.2)), hidden })
}

const severalNames = () => {
  const x = input('x', [2])
  const y = relu(x)
  const c = constant([1, 2])
  return new Graph([x], { y, again: y, x_again: x, c, c_again: c })
}

const reductions = () => {
  const x = input('x', [2, 3, 4])
  const kept = max(x, { axes: [0, 2], keepDims: true })
  return new Graph([x], {
    a: sum(x),
    b: mean(x, { axes: 1 }),
    c: add(x, kept),
    d: logSumExp(x, { axes: -1 }),
  })
}

const booleans = () => {
  const x = input('x', [3], 'float64')
  const mask = input('mask', [2, 1], 'bool')
  const chosen = logicalAnd(logicalNot(mask), greater(x, 0))
  return new Graph([x, mask], { chosen, y: where(chosen, x, -1), same: equal(x, 1) })
}

const reshaped = () => {
  const x = input('x', [2, 3])
  const empty = input('empty', [0, 2])
  const y = unsqueeze(reshape(x, [3, -1]), [0, 3])
  return new Graph([x, empty], { y, z: reshape(empty, [2, 0]), s: sum(empty, { axes: 0 }) })
}

const everyDType = () => {
  const names = Object.keys(dtypes) as DType[]
  const outputs = names.map((dtype) => {
    const data = zeros([5], dtype)
    const bytes = new Uint8Array(data.data.buffer)
    for (let i = 0; i < bytes.length; i++) bytes[i] = dtype === 'bool' ? i % 2 : 7 * i
    return [`of_${dtype}`, cast(constant(data), dtype === 'float32' ? 'float64' : 'float32')] as const
  })
  return new Graph([], Object.fromEntries(outputs))
}

const unusedInput = () => {
  const x = input('x', [])
  return new Graph([input('unused', [7], 'int64'), x], { y: relu(x) })
}

const everyAttribute = () => {
  const a = input('a', [2])
  const c = input('c', [], 'int32')
  const attrs = {
    int: -(2 ** 53) + 1,
    float: 0.1,
    string: 'grüß dich',
    ints: [1, -2, 3],
    floats: [0, Number.NaN, -1.5],
    strings: ['one', '', 'three'],
    tensor: zeros([2, 0], 'int64'),
  }
  const [x, y] = applyAll(everyKind, [a, undefined, c], attrs)
  const [z] = applyAll(everyKind, [x!, a, y!], {
    int: 0,
    float: undefined,
    ints: [],
    floats: [],
    strings: [],
  })
  return new Graph([a, c], { y: y!, z: z! })
}

const functions = () => {
  const x = input('x', [2])
  return new Graph([x], { y: withScope('norm', () => apply(absPlusOne, [apply(absPlusOne, [x], {})], {})) })
}

/** Graphs of ONNX's own operators, by what is special about them. */
export const runnable: Readonly<Record<string, () => Graph>> = {
  'layer paths': scoped,
  'outputs that are inputs, constants or other outputs': severalNames,
  reductions,
  'booleans and float64': booleans,
  'shapes and empty axes': reshaped,
  'functions of Gradus': functions,
  'an unused input': unusedInput,
}

/** All graphs, also such as ONNX Runtime has no kernel for. */
export const graphs: Readonly<Record<string, () => Graph>> = {
  ...runnable,
  'constants of every dtype': everyDType,
  'attributes of every kind': everyAttribute,
}
