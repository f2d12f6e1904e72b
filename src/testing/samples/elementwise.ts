import type { Value } from '../../graph/index.ts'
import * as ops from '../../ops/index.ts'
import type { SampleTable } from '../operators.ts'
import { booleans, floats, type Sample, sample } from '../sample.ts'

const unary = (build: (x: Value) => Value, from = -2, to = 2): Sample[] => [
  sample('matrix', [floats([3, 4], from, to)], build),
  sample('scalar', [floats([], from, to)], build),
  sample('empty', [floats([0, 3], from, to)], build),
]

const binary = (build: (a: Value, b: Value) => Value, from = -2, to = 2): Sample[] => [
  sample('same shapes', [floats([3, 4], from, to), floats([3, 4], from, to)], build),
  sample('both broadcast', [floats([2, 1, 3], from, to), floats([4, 1], from, to)], build),
  sample('scalar and vector', [floats([], from, to), floats([4], from, to)], build),
  sample('empty', [floats([0, 3], from, to), floats([1, 3], from, to)], build),
]

const logical = (build: (a: Value, b: Value) => Value): Sample[] => [
  sample('truth table', [booleans([0, 0, 1, 1]), booleans([0, 1, 0, 1])], build),
]

/** Another output of the node that made a value. */
const outputOf = (y: Value, at: number): Value => y.producer!.outputs[at]!

/** Samples of the operators that work element by element. */
export const elementwiseSamples: SampleTable = {
  Abs: unary(ops.abs),
  Add: binary(ops.add),
  And: logical(ops.logicalAnd),
  Cast: [
    sample('float to float', [floats([2, 3])], (x) => ops.cast(ops.cast(x, 'float64'), 'float32'), 'float32'),
    sample('float to int', [floats([2, 3])], (x) => ops.cast(x, 'int64')),
  ],
  Ceil: unary(ops.ceil),
  Clip: [
    sample('two limits', [floats([3, 4])], (x) => ops.clip(x, { min: -0.9, max: 1.1 })),
    sample('one limit', [floats([3, 4])], (x) => ops.clip(x, { max: 0.3 })),
    sample('computed limits', [floats([3, 4]), floats([], -1, -0.5), floats([], 0.5, 1)], (x, min, max) =>
      ops.clip(x, { min, max }),
    ),
    sample('empty', [floats([0, 3])], (x) => ops.clip(x, { min: 0 })),
  ],
  Cos: unary(ops.cos),
  Div: binary(ops.div, 0.5, 2),
  Elu: unary((x) => ops.elu(x, 0.7)),
  Equal: binary(ops.equal),
  Erf: unary(ops.erf),
  Exp: unary(ops.exp),
  Floor: unary(ops.floor),
  'gradus.Gate': [
    sample('above', [floats([3, 4]), floats([3, 4])], (dy, x) => ops.gate(dy, x, { above: 0 })),
    sample('between', [floats([3, 4]), floats([3, 4])], (dy, x) =>
      ops.gate(dy, x, { above: -0.5, below: 1 }),
    ),
  ],
  'gradus.Gated': [
    sample('product', [floats([3, 4]), floats([3, 4])], (gate, x) => ops.gated(gate, x)),
    sample('gate', [floats([3, 4]), floats([3, 4])], (gate, x) => outputOf(ops.gated(gate, x), 1)),
  ],
  'gradus.GatedTanh': [
    sample('product', [floats([3, 4]), floats([3, 4])], (gate, x) => ops.gatedTanh(gate, x)),
    sample('gate and tanh', [floats([3, 4]), floats([3, 4])], (gate, x) => {
      const y = ops.gatedTanh(gate, x)
      return ops.add(outputOf(y, 1), outputOf(y, 2))
    }),
  ],
  Gelu: [...unary((x) => ops.gelu(x)), sample('tanh', [floats([3, 4])], (x) => ops.gelu(x, 'tanh'))],
  Greater: binary(ops.greater),
  GreaterOrEqual: binary(ops.greaterOrEqual),
  'gradus.HalfErf': unary(ops.halfErf),
  HardSigmoid: unary(ops.hardSigmoid, -5, 5),
  HardSwish: unary(ops.hardSwish, -5, 5),
  LeakyRelu: unary((x) => ops.leakyRelu(x, 0.1)),
  Less: binary(ops.less),
  LessOrEqual: binary(ops.lessOrEqual),
  Log: unary(ops.log, 0.2, 3),
  Max: binary(ops.maximum),
  Min: binary(ops.minimum),
  Mish: unary(ops.mish),
  Mul: binary(ops.mul),
  Neg: unary(ops.neg),
  Not: [sample('truth table', [booleans([0, 1])], ops.logicalNot)],
  Or: logical(ops.logicalOr),
  PRelu: [
    sample('a slope for each channel', [floats([2, 3, 2]), floats([3, 1], 0.1, 0.6)], ops.prelu),
    sample('one slope', [floats([3, 4]), floats([1], 0.1, 0.6)], ops.prelu),
    sample('empty', [floats([0, 3]), floats([3])], ops.prelu),
  ],
  Pow: [
    ...binary(ops.pow, 0.5, 2),
    sample('integer powers of negative numbers', [floats([2, 3])], (x) => ops.pow(x, 3)),
  ],
  Reciprocal: unary(ops.reciprocal, 0.5, 3),
  Relu: unary(ops.relu),
  Selu: unary(ops.selu),
  Sigmoid: unary(ops.sigmoid),
  Sign: unary(ops.sign),
  Sin: unary(ops.sin),
  Softplus: unary(ops.softplus),
  Softsign: unary(ops.softsign),
  Sqrt: unary(ops.sqrt, 0.2, 3),
  Sub: binary(ops.sub),
  Tanh: unary(ops.tanh),
  Where: [
    sample('same shapes', [booleans([1, 0, 0, 1], [2, 2]), floats([2, 2]), floats([2, 2])], ops.where),
    sample('all broadcast', [booleans([1, 0], [2, 1]), floats([3]), floats([2, 1, 1])], ops.where),
  ],
}
