import { readFileSync } from 'node:fs'
import { fromBinary } from '@bufbuild/protobuf'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { dtypes, GradusError, sizeOf, VERSION } from '../../src/core/index.ts'
import { constant, Graph, input, Node, type Operator, withScope } from '../../src/graph/index.ts'
import { writeOnnx } from '../../src/onnx/index.ts'
import { ModelProtoSchema } from '../../src/onnx/onnx_pb.ts'
import { add, applyAll, mul, relu, sum } from '../../src/ops/index.ts'
import { everyKind, runnable } from './graphs.ts'

const parse = (bytes: Uint8Array) => fromBinary(ModelProtoSchema, bytes)

const chain = () => {
  const x = input('image', [2, 3])
  const hidden = withScope('fc1', () => relu(mul(x, constant([1, 2, 3]))))
  return new Graph([x], { total: sum(hidden), hidden })
}

describe('writeOnnx', () => {
  it.each(Object.entries(runnable))('writes what ONNX Runtime loads and runs: %s', async (_, build) => {
    const graph = build()
    const session = await InferenceSession.create(writeOnnx(graph), { logSeverityLevel: 3 })
    const feeds = graph.inputs.map(({ name, dtype, shape }) => {
      return [name!, new Tensor(dtype, new dtypes[dtype].array(sizeOf(shape)), shape)]
    })
    const results = await session.run(Object.fromEntries(feeds))
    for (const [name, value] of Object.entries(graph.results)) {
      expect([name, results[name]!.type, results[name]!.dims]).toEqual([name, value.dtype, value.shape])
    }
  })

  it('computes what the graph says', async () => {
    const session = await InferenceSession.create(writeOnnx(chain()))
    const image = new Tensor('float32', [1, -1, 2, 0, 1, 1], [2, 3])
    const { total, hidden } = await session.run({ image })
    expect([...(hidden!.data as Float32Array)]).toEqual([1, 0, 6, 0, 2, 3])
    expect([...(total!.data as Float32Array)]).toEqual([12])
  })

  it('names nodes after their layers, and keeps the names of inputs and outputs', () => {
    const { graph } = parse(writeOnnx(chain()))
    expect(graph!.node.map((node) => node.name)).toEqual(['fc1/Mul_0', 'fc1/Relu_1', 'ReduceSum_2'])
    expect(graph!.node.map((node) => node.output)).toEqual([['fc1/Mul_0'], ['hidden'], ['total']])
    expect(graph!.node[0]!.input).toEqual(['image', 'constant_0'])
  })

  it('keeps all names apart', () => {
    const [x, y] = [input('Add_0', [1]), input('constant_0', [1])]
    const { graph } = parse(writeOnnx(new Graph([x, y], { Add_1: mul(add(add(x, y), 1), 2) })))
    const names = [
      ...graph!.input.map(({ name }) => name),
      ...graph!.initializer.map(({ name }) => name),
      ...graph!.node.flatMap((node) => node.output),
    ]
    expect(new Set(names).size).toBe(names.length)
  })

  it('imports the operator sets that are used, and says who wrote the file', () => {
    const model = parse(writeOnnx(chain()))
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 21n]])
    expect([model.irVersion, model.producerName, model.producerVersion]).toEqual([10n, 'gradus', VERSION])
    const x = input('x', [1])
    const [y] = applyAll(everyKind, [x, undefined, x], {})
    const other = parse(writeOnnx(new Graph([x], { y: y! })))
    expect(other.opsetImport.map(({ domain }) => domain)).toEqual(['', 'com.microsoft'])
    expect(other.graph!.node[0]!.input).toEqual(['x', '', 'x'])
    expect(other.graph!.node[0]!.attribute).toEqual([])
  })

  it('writes names for axes that stay open', () => {
    const bytes = writeOnnx(chain(), { dynamicAxes: { image: { 0: 'N' }, hidden: { [-2]: 'N' } } })
    const { graph } = parse(bytes)
    const dims = (index: number) =>
      graph!.output[index]!.type!.tensorType!.shape!.dim.map((dim) => dim.value.value)
    expect(graph!.input[0]!.type!.tensorType!.shape!.dim.map((dim) => dim.value.value)).toEqual(['N', 3n])
    expect([dims(0), dims(1)]).toEqual([[], ['N', 3n]])
  })

  it('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(VERSION).toBe(version)
  })
})

describe('writeOnnx refuses', () => {
  const x = input('x', [1])
  const messageOf = (build: () => unknown) => {
    try {
      build()
    } catch (error) {
      expect(error).toBeInstanceOf(GradusError)
      return (error as GradusError).message
    }
    throw new Error('expected an error')
  }

  it('an output with the name of an input', () => {
    expect(messageOf(() => writeOnnx(new Graph([x], { x: relu(x) })))).toMatch(
      /"x" is the name of an input and of an output/,
    )
  })

  it('an attribute that is not of its kind, naming the layer', () => {
    const [y] = withScope('head', () => applyAll(everyKind, [x, undefined, x], { int: 1.5 }))
    expect(messageOf(() => writeOnnx(new Graph([x], { y: y! })))).toBe(
      'EveryKind in head: attribute "int" must be an integer, got 1.5',
    )
  })

  it('an attribute that is not declared', () => {
    const [y] = new Node(everyKind as unknown as Operator, [x], { other: 1 }, [x]).outputs
    expect(messageOf(() => writeOnnx(new Graph([x], { y: y! })))).toMatch(/"other" is not declared/)
  })

  it('dynamic axes of something unknown', () => {
    const graph = new Graph([x], { y: relu(x) })
    expect(messageOf(() => writeOnnx(graph, { dynamicAxes: { z: { 0: 'N' } } }))).toMatch(
      /"z".*\n.*known: x, y/,
    )
    expect(messageOf(() => writeOnnx(graph, { dynamicAxes: { x: { 1: 'N' } } }))).toMatch(
      /axis 1 is out of range/,
    )
  })
})
