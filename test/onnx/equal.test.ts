import { describe, expect, it } from 'vitest'
import { tensor } from '../../src/core/index.ts'
import { constant, Graph, input, sameGraph, type Value, withScope } from '../../src/graph/index.ts'
import { add, applyAll, leakyRelu, mul, relu, sum } from '../../src/ops/index.ts'
import { everyKind, graphs } from './graphs.ts'

const of = (build: (x: Value) => Value, name = 'y', shape = [2]) => {
  const x = input('x', shape)
  return new Graph([x], { [name]: build(x) })
}
const kinds = (attrs: Parameters<typeof everyKind.infer>[1]) =>
  of((x) => applyAll(everyKind, [x, undefined, x], attrs)[0]!)

describe('sameGraph', () => {
  it.each(Object.entries(graphs))('says nothing about a graph that is built twice: %s', (_, build) => {
    expect(sameGraph(build(), build())).toBeUndefined()
  })

  it.each<[string, Graph, Graph, string]>([
    ['inputs', of(relu), of(relu, 'y', [3]), 'inputs: [x float32 [2]] and [x float32 [3]]'],
    ['outputs', of(relu), of(relu, 'z'), 'names of outputs: [y] and [z]'],
    ['the number of nodes', of(relu), of((x) => relu(relu(x))), 'number of nodes: 1 and 2'],
    ['operators', of(relu), of((x) => sum(x)), 'node 0 (Relu): operator: Relu and ReduceSum'],
    [
      'layer paths',
      of(relu),
      of((x) => withScope('fc1', () => relu(x))),
      'node 0 (Relu): layer path:  and fc1',
    ],
    [
      'constants',
      of((x) => add(x, constant([1, 2]))),
      of((x) => add(x, constant([1, 3]))),
      'node 0 (Add): element 1 of input 1: 2 and 3',
    ],
    [
      'attributes',
      of((x) => leakyRelu(x, 0.1)),
      of((x) => leakyRelu(x, 0.2)),
      'node 0 (LeakyRelu): attribute alpha: 0.10000000149011612 and 0.20000000298023224',
    ],
    [
      'lists',
      kinds({ ints: [1] }),
      kinds({ ints: [1, 2] }),
      'node 0 (EveryKind): attribute ints: [1] and [1; 2]',
    ],
    [
      'missing attributes',
      kinds({ int: 0 }),
      kinds({}),
      'node 0 (EveryKind): attribute int: 0 and undefined',
    ],
    [
      'tensors among attributes',
      kinds({ tensor: tensor([1]) }),
      kinds({ tensor: tensor([2]) }),
      'node 0 (EveryKind): element 0 of attribute tensor: 1 and 2',
    ],
    [
      'wiring',
      of((x) => mul(relu(x), x)),
      of((x) => mul(x, relu(x))),
      'node 1 (Mul): input 0: float32 [2] and x float32 [2] are not the same value',
    ],
  ])('names the first difference in %s', (_, a, b, difference) => {
    expect(sameGraph(a, b)).toBe(difference)
  })

  it('takes an attribute that is undefined for a missing one, and floats in single precision', () => {
    expect(sameGraph(kinds({ int: undefined }), kinds({}))).toBeUndefined()
    expect(sameGraph(kinds({ floats: [0.1] }), kinds({ floats: [Math.fround(0.1)] }))).toBeUndefined()
  })
})
