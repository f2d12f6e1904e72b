import { describe, expect, it } from 'vitest'
import {
  constant,
  expandFunctions,
  Graph,
  input,
  Node,
  printGraph,
  rewrite,
  sortedNodes,
  type Value,
  verify,
  withScope,
} from '../../src/graph/index.ts'
import { add, batchNormTraining, exp, matmul, mul, relu, sum } from '../../src/ops/index.ts'

const x = input('x', [2, 3])

describe('Graph', () => {
  it('is what its outputs reach, each node after those it needs', () => {
    const a = exp(x)
    exp(a) // nobody needs it
    const y = add(mul(a, a), a)
    const graph = new Graph([x], { y })
    expect(graph.nodes.map((node) => node.op.type)).toEqual(['Exp', 'Mul', 'Add'])
  })

  it('sorts chains that are deeper than the call stack', () => {
    let y: Value = x
    for (let i = 0; i < 50_000; i++) y = relu(y)
    expect(sortedNodes([y])).toHaveLength(50_000)
  })

  it('names an input that is used and not listed', () => {
    const w = input('w', [3])
    expect(() => new Graph([x], { y: withScope('fc1', () => mul(x, w)) })).toThrow(
      "Mul in fc1 needs input w float32 [3], which is not among the graph's inputs\n  inputs: x",
    )
  })

  it('refuses inputs without a name, with the same name, or that are computed', () => {
    expect(() => new Graph([x, input('x', [1])], {})).toThrow('two graph inputs are called "x"')
    expect(() => new Graph([exp(x)], {})).toThrow('every graph input needs a name')
  })
})

it('prints a line for each node', () => {
  const y = withScope('head', () => sum(relu(mul(x, 2)), { axes: [1] }))
  expect(printGraph(new Graph([x], { y }))).toMatchInlineSnapshot(`
    "graph(x: float32 [2, 3])
      %0: float32 [2, 3] = Mul(x, 2)                                          # head
      %1: float32 [2, 3] = Relu(%0)                                           # head
      %2: float32 [2] = ReduceSum(%1, int64 [1] {1}) {keepdims: 0}            # head
      return y: %2"
  `)
})

describe('errors while building', () => {
  it('carry the operator, the layer path and the shapes', () => {
    const build = () => withScope('layer1', () => withScope('0', () => matmul(x, input('w', [4, 5]))))
    expect(build).toThrow(/^MatMul in layer1\.0: /)
    expect(build).toThrow(/inputs: x float32 \[2, 3\]; w float32 \[4, 5\]/)
  })

  it('leave the layer path as it was', () => {
    expect(() => withScope('broken', () => add(x, input('w', [7])))).toThrow()
    expect(exp(x).producer!.scope).toBe('')
  })
})

describe('verify', () => {
  const y = exp(x)
  const node = y.producer!
  const withOutputs = (shape: readonly number[]) =>
    new Graph([x], { y: new Node(node.op, [x], {}, [{ dtype: 'float32', shape }]).outputs[0]! })

  it('accepts what builders make', () => {
    const graph = new Graph([x], { y })
    expect(verify(graph)).toBe(graph)
  })

  it('names the node and the law that it breaks', () => {
    expect(() => verify(withOutputs([2, 4]), 'my pass')).toThrow(
      'illegal graph after my pass: Exp: output 0 is float32 [2, 4], the rule gives float32 [2, 3]\n' +
        '  law: outputs are what the shape rule says',
    )
    const odd = new Node(node.op, [x], { axis: 1 }, node.outputs).outputs[0]!
    expect(() => verify(new Graph([x], { odd }))).toThrow('undeclared: axis')
  })
})

describe('rewrite', () => {
  it('replaces nodes and keeps what does not depend on them', () => {
    const [kept, changed] = [exp(x), relu(x)]
    const graph = new Graph([x], { y: add(kept, changed), kept })
    const next = rewrite(graph, ({ op }, [value]) => (op.type === 'Relu' ? [mul(value!, value!)] : undefined))
    expect(next.nodes.map((node) => node.op.type)).toEqual(['Exp', 'Mul', 'Add'])
    expect(next.results.kept).toBe(kept)
  })

  it('gives new nodes the layer path of the old', () => {
    const graph = new Graph([x], { y: withScope('conv1', () => relu(x)) })
    const next = rewrite(graph, (_, [value]) => [exp(value!)])
    expect(next.nodes[0]!.scope).toBe('conv1')
  })

  it('expands functions to ONNX operators', () => {
    const [y] = batchNormTraining(x, constant([1, 1, 1]), constant([0, 0, 0]))
    const graph = new Graph([x], { y })
    expect(graph.nodes.map((node) => node.op.domain)).toEqual(['gradus'])
    expect(expandFunctions(graph).nodes.every((node) => node.op.domain === '')).toBe(true)
    expect(expandFunctions(graph, new Set([graph.nodes[0]!.op])).nodes).toHaveLength(1)
  })
})
