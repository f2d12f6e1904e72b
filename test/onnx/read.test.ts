import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { GradusError, numbersOf } from '../../src/core/index.ts'
import { Graph, input, printGraph } from '../../src/graph/index.ts'
import { inspectOnnx, readOnnx, writeOnnx } from '../../src/onnx/index.ts'
import {
  type AttributeProtoSchema,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type TensorShapeProto_DimensionSchema,
  type ValueInfoProtoSchema,
} from '../../src/onnx/onnx_pb.ts'
import { relu } from '../../src/ops/index.ts'

const FLOAT = 1
const INT64 = 7

/** The bytes of a model as another program might write it. */
function file(graph: MessageInitShape<typeof GraphProtoSchema>, version = 21, domain = ''): Uint8Array {
  const opsetImport = [{ domain, version: BigInt(version) }]
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph, opsetImport }))
}

type Dimension = MessageInitShape<typeof TensorShapeProto_DimensionSchema>

/** An input or output; a string is the name of an open axis, undefined one without a name. */
function declare(
  name: string,
  ...sizes: (number | string | undefined)[]
): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = sizes.map((size): Dimension => {
    if (typeof size === 'number') return { value: { case: 'dimValue', value: BigInt(size) } }
    return size === undefined ? {} : { value: { case: 'dimParam', value: size } }
  })
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } }
}

const node = (
  opType: string,
  inputs: string[],
  output: string[],
  more: MessageInitShape<typeof NodeProtoSchema> = {},
): MessageInitShape<typeof NodeProtoSchema> => ({ opType, input: inputs, output, ...more })

/** A model that applies the nodes to x [2, 3] and returns y. */
const model = (
  nodes: MessageInitShape<typeof NodeProtoSchema>[],
  initializer: MessageInitShape<typeof TensorProtoSchema>[] = [],
  version = 21,
) => file({ node: nodes, initializer, input: [declare('x', 2, 3)], output: [declare('y')] }, version)

const body = (bytes: Uint8Array, dims = {}) =>
  printGraph(readOnnx(bytes, { dims }).graph)
    .split('\n')
    .map((line) => line.trim().replace(/ +/g, ' '))

function messageOf(bytes: Uint8Array, dims = {}): string {
  try {
    readOnnx(bytes, { dims })
  } catch (error) {
    expect(error).toBeInstanceOf(GradusError)
    return (error as GradusError).message
  }
  throw new Error('expected an error')
}

describe('readOnnx takes what other programs write', () => {
  it.each([
    ['raw bytes', { dataType: FLOAT, rawData: new Uint8Array(new Float32Array([1, 2, 3]).buffer) }],
    ['floats', { dataType: FLOAT, floatData: [1, 2, 3] }],
    ['doubles', { dataType: 11, doubleData: [1, 2, 3] }],
    ['int64', { dataType: INT64, int64Data: [1n, 2n, 3n] }],
    ['int32', { dataType: 6, int32Data: [1, 2, 3] }],
    ['bytes in int32', { dataType: 2, int32Data: [1, 2, 3] }],
    ['float16 in int32', { dataType: 10, int32Data: [1, 2, 3] }],
  ])('initializers as %s', (_, tensor) => {
    const bytes = file({ initializer: [{ name: 'w', dims: [3n], ...tensor }], output: [declare('w')] })
    const [w] = readOnnx(bytes).graph.outputs
    expect(numbersOf(w!.data!)).toEqual([1, 2, 3])
    expect(w!.name).toBe('w')
  })

  it.each<[string, MessageInitShape<typeof AttributeProtoSchema>, string]>([
    [
      'a tensor',
      { name: 'value', type: 4, t: { dims: [1n], dataType: FLOAT, floatData: [2] } },
      'float32 [1] {2}',
    ],
    ['an integer', { name: 'value_int', type: 2, i: 2n }, '2'],
    ['integers', { name: 'value_ints', type: 7, ints: [2n, 3n] }, 'int64 [2] {2, 3}'],
    ['a number', { name: 'value_float', type: 1, f: 2.5 }, '2.5'],
    ['numbers', { name: 'value_floats', type: 6, floats: [2.5] }, 'float32 [1] {2.5}'],
  ])('a Constant node with %s', (_, attribute, printed) => {
    const bytes = file({
      node: [node('Constant', [], ['c'], { attribute: [attribute] })],
      output: [declare('c')],
    })
    expect(body(bytes).at(-1)).toBe(`return c: ${printed}`)
  })

  it('Identity nodes, which vanish', () => {
    const nodes = [node('Identity', ['x'], ['a']), node('Relu', ['a'], ['b']), node('Identity', ['b'], ['y'])]
    expect(body(model(nodes))).toEqual([
      'graph(x: float32 [2, 3])',
      '%0: float32 [2, 3] = Relu(x)',
      'return y: %0',
    ])
  })

  it('initializers that are listed as inputs, too', () => {
    const bytes = file({
      node: [node('Add', ['x', 'w'], ['y'])],
      initializer: [{ name: 'w', dataType: FLOAT, floatData: [5] }],
      input: [declare('w'), declare('x', 2)],
      output: [declare('y', 2)],
    })
    expect(body(bytes)).toEqual(['graph(x: float32 [2])', '%0: float32 [2] = Add(x, 5)', 'return y: %0'])
  })

  it('open axes, with sizes from the caller', () => {
    const bytes = file({
      node: [node('Add', ['x', 'z'], ['y'])],
      input: [declare('x', 'batch', 3), declare('z', undefined, 3)],
      output: [declare('y', 'batch', 3)],
    })
    expect(body(bytes, { batch: 4, 'z.0': 1 })[1]).toBe('%0: float32 [4, 3] = Add(x, z)')
    expect(messageOf(bytes)).toBe(
      'the file leaves the size "batch" of input "x" open (axis 0)\n' +
        '  say what it is: readOnnx(bytes, { dims: { "batch": 1 } })',
    )
    expect(messageOf(bytes, { batch: 4 })).toMatch(/"z.0" of input "z" open \(axis 0\)/)
    expect(messageOf(bytes, { batch: 1.5, 'z.0': 1 })).toMatch(/impossible shape \[1.5, 3\]/)
  })

  it('what writeOnnx left open', () => {
    const x = input('x', [7, 2])
    const bytes = writeOnnx(new Graph([x], { y: relu(x) }), { dynamicAxes: { x: { 0: 'N' }, y: { 0: 'N' } } })
    expect(readOnnx(bytes, { dims: { N: 5 } }).graph.outputs[0]!.shape).toEqual([5, 2])
  })

  it('layer paths in the names of nodes', () => {
    const nodes = [
      node('Relu', ['x'], ['a'], { name: '/layer1/conv/Relu_1' }),
      node('Relu', ['a'], ['y'], { name: 'last' }),
    ]
    expect(readOnnx(model(nodes)).graph.nodes.map(({ scope }) => scope)).toEqual(['/layer1/conv', ''])
  })

  it('the domain of ONNX by its long name', () => {
    const nodes = [node('Relu', ['x'], ['y'], { domain: 'ai.onnx' })]
    const bytes = file({ node: nodes, input: [declare('x', 2)], output: [declare('y', 2)] }, 20, 'ai.onnx')
    expect(readOnnx(bytes)).toMatchObject({ opset: 20, metadata: {}, name: '', docString: '' })
  })

  it('axes of reductions as an attribute, before opset 18', () => {
    const attribute = [{ name: 'axes', type: 7, ints: [-1n] }]
    const nodes = [node('ReduceMean', ['x'], ['y'], { attribute })]
    expect(body(model(nodes, [], 13))[1]).toBe('%0: float32 [2, 1] = ReduceMean(x, int64 [1] {-1})')
    expect(messageOf(model(nodes, [], 18))).toMatch(/attribute "axes" of ReduceMean: node that computes "y"/)
  })

  it('parts of Split by the number of its outputs, before opset 18', () => {
    const attribute = [{ name: 'axis', type: 2, i: 1n }]
    const nodes = [node('Split', ['x'], ['a', 'b', 'y'], { attribute })]
    expect(body(model(nodes, [], 13))[1]).toMatch(
      /^%0: float32 \[2, 1\], .* = Split\(x\) {axis: 1, num_outputs: 3}$/,
    )
    const sizes = { name: 'sizes', dims: [2n], dataType: INT64, int64Data: [1n, 2n] }
    const sized = [node('Split', ['x', 'sizes'], ['a', 'y'], { attribute })]
    expect(body(model(sized, [sizes], 13))[1]).toMatch(/ = Split\(x, int64 \[2\] {1, 2}\) {axis: 1}$/)
  })
})

describe('readOnnx refuses', () => {
  it('bytes that are no model, and models without a graph', () => {
    expect(messageOf(new Uint8Array([137, 80, 78, 71]))).toMatch(/^cannot read 4 bytes as an ONNX model: /)
    expect(messageOf(new Uint8Array())).toBe(
      'expected an ONNX model, found no graph in 0 bytes\n  the file is not an ONNX model, or it was cut off',
    )
  })

  it('other opsets', () => {
    expect(messageOf(model([], [], 12))).toMatch(/^the model uses opset 12, Gradus reads 13 to 21\n/)
    expect(messageOf(model([], [], 22))).toMatch(/opset 22/)
    expect(messageOf(file({}, 1, 'com.microsoft'))).toMatch(/does not say which version/)
  })

  it('unsupported operators and attributes, all at once', () => {
    const odd = [{ name: 'odd', type: 2, i: 1n }]
    const unknown = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      node('Sine', ['x'], [name], { name, domain: 'my.ops' }),
    )
    const nodes = [
      ...unknown,
      node('Loop', ['x'], ['l']),
      node('Relu', ['x'], ['y'], { attribute: odd, name: 'act' }),
    ]
    expect(messageOf(model(nodes))).toBe(
      [
        'the model uses 3 things that Gradus does not support',
        '  operator my.ops.Sine: nodes "a", "b", "c" and 2 more',
        '  operator Loop, which holds a subgraph: node that computes "l"',
        '  attribute "odd" of Relu: node "act"',
      ].join('\n'),
    )
  })

  it('inputs that are not tensors, or have no shape', () => {
    expect(messageOf(file({ input: [{ name: 'x', type: {} }] }))).toMatch(/^input "x" is not a tensor/)
    expect(messageOf(file({ input: [{ name: 'x', type: { tensorType: {} } }] }))).toMatch(/"x" has no shape/)
    const bytes = file({ input: [{ name: 'x', type: { tensorType: { elemType: 8, shape: {} } } }] })
    expect(messageOf(bytes)).toMatch(/^input "x": ONNX data type 8 is not supported/)
  })

  it('weights in other files, and weights of another size than their shape', () => {
    const weight = { name: 'w', dims: [2n], dataType: FLOAT }
    expect(messageOf(model([], [{ ...weight, dataLocation: 1 }]))).toMatch(
      /^initializer "w" lies in another file/,
    )
    expect(messageOf(model([], [{ ...weight, floatData: [1] }]))).toMatch(/has 2 elements, the file holds 1$/)
    expect(messageOf(model([], [{ ...weight, rawData: new Uint8Array(9) }]))).toMatch(
      /has 8 bytes, the file holds 9$/,
    )
    expect(messageOf(model([], [{ ...weight, dims: [2n ** 40n, 2n ** 40n] }]))).toMatch(/impossible shape/)
    expect(messageOf(model([], [{ ...weight, dims: [-1n] }]))).toMatch(/impossible shape \[-1\]/)
  })

  it('names that are missing, doubled or not yet defined', () => {
    expect(messageOf(model([node('Relu', ['z'], ['y'])]))).toMatch(
      /^Relu that computes "y" needs "z", which no input, initializer or earlier node gives/,
    )
    expect(messageOf(model([node('Relu', ['x'], ['x'])]))).toMatch(/defines "x" twice/)
    expect(messageOf(model([]))).toMatch(/^output "y" needs "y"/)
    expect(messageOf(file({ input: [declare('', 1)] }))).toMatch(/gives no name/)
    expect(messageOf(file({ input: [declare('x', 1)], output: [declare('x'), declare('x')] }))).toMatch(
      /two outputs/,
    )
  })

  it('nodes that do not fit their operator, naming the node', () => {
    const name = 'fc1/Add_3'
    const weight = { name: 'w', dims: [2n], dataType: FLOAT, floatData: [1, 2] }
    expect(messageOf(model([node('Add', ['x', 'w'], ['y'], { name })], [weight]))).toMatch(
      /^node "fc1\/Add_3": Add in fc1: shapes \[2, 3\] and \[2\] do not broadcast\n {2}inputs: x float32 \[2, 3\]; w float32 \[2\]/,
    )
    expect(messageOf(model([node('Add', ['x'], ['y'], { name })]))).toMatch(
      /^node "fc1\/Add_3": .*two inputs, got 1/,
    )
    expect(messageOf(model([node('Max', ['x', 'x', 'x'], ['y'])]))).toMatch(
      /^node that computes "y": Max: expected two inputs, got 3/,
    )
    expect(messageOf(model([node('Relu', [], ['y'])]))).toMatch(/^node that computes "y" does not fit Relu: /)
    expect(messageOf(model([node('Relu', ['x'], ['y', 'z'])]))).toMatch(/has 2 outputs, Gradus computes 1/)
    const attribute = [{ name: 'alpha', type: 2, i: 1n }]
    expect(messageOf(model([node('LeakyRelu', ['x'], ['y'], { name: 'act', attribute })]))).toBe(
      'LeakyRelu "act": attribute "alpha" must be a number, the file has int',
    )
  })

  it('constants of other kinds', () => {
    const attribute = [{ name: 'value_string', type: 3, s: new Uint8Array([65]) }]
    expect(messageOf(model([node('Constant', [], ['y'], { attribute })]))).toMatch(/holds "value_string"/)
    expect(messageOf(model([node('Constant', [], ['y'])]))).toMatch(/must have one attribute, it has 0/)
  })
})

describe('what Gradus cannot read can be looked at', () => {
  const float = (name: string, ...dims: number[]) => ({
    name,
    dims: dims.map(BigInt),
    dataType: FLOAT,
    floatData: new Array(dims.reduce((a, b) => a * b, 1)).fill(1),
  })
  const foreign = {
    node: [
      node('MatMul', ['x', 'w'], ['m']),
      node('Relu', ['m'], ['r']),
      node('Relu', ['r'], ['s']),
      node('Forget', ['s'], ['y'], { domain: 'theirs' }),
    ],
    initializer: [float('w', 3, 4), { name: 'k', dims: [2n], dataType: INT64, int64Data: [1n, 2n] }],
    input: [declare('x', 'batch', 3, undefined), declare('w', 3, 4)],
    output: [{ name: 'y' }],
  }

  it('in any opset, with any operator', () => {
    expect(() => readOnnx(file(foreign, 9))).toThrow('the model uses opset 9')
    expect(() => readOnnx(file(foreign))).toThrow('operator theirs.Forget')
    expect(inspectOnnx(file(foreign, 9))).toEqual({
      producer: { name: '', version: '' },
      opsets: { '': 9 },
      inputs: [{ name: 'x', dtype: 'float32', shape: ['batch', 3, '?'] }],
      outputs: [{ name: 'y', dtype: 'no tensor' }],
      operators: { MatMul: 1, Relu: 2, 'theirs.Forget': 1 },
      constants: { floats: 12, bytes: 12 * 4 + 2 * 8 },
      metadata: {},
    })
  })

  it('with constants between the nodes, of types that Gradus does not have, and in other files', () => {
    const elsewhere = { name: 'w', dims: [10n, 3n], dataType: 16, dataLocation: 1 }
    const t = { dims: [3n], dataType: 22 }
    const nodes = [node('Constant', [], ['c'], { attribute: [{ name: 'value', type: 4, t }] })]
    const { constants } = inspectOnnx(file({ node: nodes, initializer: [elsewhere] }))
    expect(constants).toEqual({ floats: 30, bytes: 60 + 2 })
  })

  it('but not what is no model', () => {
    expect(() => inspectOnnx(new Uint8Array(0))).toThrow(/found no graph in 0 bytes\n.*not an ONNX model/)
    expect(() => inspectOnnx(new TextEncoder().encode('{ "name": 1 }'))).toThrow('as an ONNX model')
  })
})
