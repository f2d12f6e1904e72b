import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../src/core/index.ts'
import {
  constant,
  expandFunctions,
  Graph,
  input,
  sameGraph,
  type Value,
  withScope,
} from '../../src/graph/index.ts'
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts'
import * as ops from '../../src/ops/index.ts'
import { graphs } from './graphs.ts'

describe('writing and reading back', () => {
  it.each(Object.entries(graphs))('gives an equal graph: %s', (_, build) => {
    const graph = build()
    const bytes = writeOnnx(graph)
    const back = readOnnx(bytes).graph
    expect(sameGraph(expandFunctions(graph), back)).toBeUndefined()
    expect(writeOnnx(back)).toEqual(bytes)
  })

  it('names the axes that the file leaves open, and takes one size for all', () => {
    const x = input('x', [1, 2])
    const bytes = writeOnnx(new Graph([x], { y: ops.relu(x) }), {
      dynamicAxes: { x: { 0: 'N' }, y: { 0: 'N' } },
    })
    const { graph, dynamicAxes } = readOnnx(bytes, { dims: 7 })
    expect(graph.inputs[0]!.shape).toEqual([7, 2])
    expect(dynamicAxes).toEqual({ x: { 0: 'N' }, y: { 0: 'N' } })
  })

  it('keeps the texts of the model', () => {
    const texts = {
      name: 'digits',
      docString: 'Handwritten digits.',
      metadata: { classes: '["0","1"]', empty: '' },
    }
    const x = input('x', [1])
    const model = readOnnx(writeOnnx(new Graph([x], { y: ops.relu(x) }), texts))
    expect(model).toMatchObject({ ...texts, producer: { name: 'gradus' }, opset: 21 })
  })

  it('keeps the names of constants', () => {
    const x = input('x', [1])
    const weight = readOnnx(writeOnnx(new Graph([x], { y: ops.mul(x, 2) }))).graph.constants()[0]!
    expect(weight.name).toBe('constant_0')
  })

  it('owns its numbers', () => {
    const x = input('x', [3])
    const bytes = writeOnnx(new Graph([x], { y: ops.mul(x, constant([1, 2, 3])) }))
    const { graph } = readOnnx(Buffer.from(bytes.buffer))
    bytes.fill(0)
    expect([...graph.constants()[0]!.data!.data]).toEqual([1, 2, 3])
  })
})

/** Ways to go on from a float32 value. */
const steps: Readonly<Record<string, (x: Value, pick: number) => Value>> = {
  unary: (x, pick) => [ops.neg, ops.abs, ops.exp, ops.relu, ops.tanh, ops.sigmoid, ops.sqrt][pick % 7]!(x),
  leaky: (x, pick) => ops.leakyRelu(x, pick / 100),
  binary: (x, pick) => [ops.add, ops.sub, ops.mul, ops.div, ops.maximum][pick % 5]!(x, pick),
  itself: (x) => ops.mul(x, x),
  choice: (x, pick) => ops.where(ops.greater(x, pick), x, ops.neg(x)),
  flat: (x) => ops.reshape(x, [sizeOf(x.shape)]),
  column: (x) => ops.reshape(x, [sizeOf(x.shape), 1]),
  transpose: (x) => ops.transpose(x),
  wider: (x) => ops.unsqueeze(x, [0]),
  twice: (x) => ops.expand(x, [2, ...x.shape]),
  double: (x) => ops.cast(ops.exp(ops.cast(x, 'float64')), 'float32'),
  reduce: (x, pick) => {
    const axes = x.rank > 0 ? pick % x.rank : []
    return [ops.sum, ops.mean, ops.max, ops.logSumExp][pick % 4]!(x, { axes, keepDims: pick % 3 === 0 })
  },
}

const step = fc.record({
  kind: fc.constantFrom(...Object.keys(steps)),
  pick: fc.nat(12),
  scope: fc.constantFrom('', 'fc1', 'layer1.0'),
  output: fc.boolean(),
})

/** A chain of operators, some of whose values are outputs besides the last. */
const chain = fc
  .record({
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    list: fc.array(step, { maxLength: 12 }),
  })
  .map(({ shape, list }) => {
    const x = input('x', shape)
    let y = x
    const outputs: Record<string, Value> = {}
    list.forEach(({ kind, pick, scope, output }, i) => {
      if (sizeOf(y.shape) < 10_000 && y.rank < 8) y = withScope(scope, () => steps[kind]!(y, pick))
      if (output) outputs[`out${i}`] = y
    })
    return new Graph([x], { ...outputs, y })
  })

describe('random chains of operators', () => {
  it('are read back equal, and written to the same bytes', () => {
    fc.assert(
      fc.property(chain, (graph) => {
        const bytes = writeOnnx(graph)
        const back = readOnnx(bytes).graph
        expect(sameGraph(graph, back)).toBeUndefined()
        expect(Buffer.compare(writeOnnx(graph), bytes)).toBe(0)
        expect(Buffer.compare(writeOnnx(back), bytes)).toBe(0)
      }),
      { numRuns: 200, seed: 1 },
    )
  })
})
