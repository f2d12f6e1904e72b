import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Tensor, tensor } from '../../src/core/index.ts'
import { digits } from '../../src/data/index.ts'
import { ensemble } from '../../src/ensemble/index.ts'
import { constant, Graph, input, type Value, withScope } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts'
import { add, concat, matmul, mul } from '../../src/ops/index.ts'
import { sgd } from '../../src/optim/index.ts'
import { compileGraph } from '../../src/runtime/index.ts'
import { evaluate, fit, openNetwork, type Trained } from '../../src/train/index.ts'

interface FileOptions {
  readonly task?: string
  readonly shape?: readonly number[]
  readonly metadata?: Readonly<Record<string, string>>
  /** Whether it takes one sample at a time. */
  readonly single?: boolean
}

/** A file of the network that `build` is. */
function fileOf(
  build: (x: Value) => Value,
  { task = 'classification', shape = [2], metadata = {}, single }: FileOptions = {},
) {
  const x = input('x', [1, ...shape])
  const graph = new Graph([x], { y: withScope('head', () => build(x)) })
  const dynamicAxes = { x: { 0: 'batch' }, y: { 0: 'batch' } }
  return writeOnnx(graph, {
    metadata: { 'gradus.task': task, ...metadata },
    dynamicAxes: single ? {} : dynamicAxes,
  })
}

/** A network whose outputs are its inputs and `more`. */
const shifted = (more: readonly number[], options?: FileOptions) =>
  fileOf((x) => add(x, constant(more)), { shape: [more.length], ...options })

async function outputOf(file: Uint8Array, x: Tensor): Promise<number[]> {
  const { graph } = readOnnx(file, { dims: x.shape[0]! })
  const program = await compileGraph(graph)
  ;(program.inputs.input!.data as Float32Array).set(x.data as Float32Array)
  await program.run()
  return Array.from(program.outputs.output!.data as Float32Array)
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const meanOf = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length
function softmax(scores: readonly number[]): number[] {
  const exps = scores.map(Math.exp)
  const all = exps.reduce((a, b) => a + b, 0)
  return exps.map((e) => e / all)
}

const numbers = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 6, maxLength: 6 })
/** What each of two to four networks adds to its inputs [., 3]. */
const members = fc.array(
  fc.tuple(...([0, 1, 2].map(() => fc.float({ min: -8, max: 8, noNaN: true })) as [fc.Arbitrary<number>])),
  { minLength: 2, maxLength: 4 },
)
const rows = (flat: readonly number[]) => [flat.slice(0, 3), flat.slice(3)]
const plus = (row: readonly number[], more: readonly number[]) => row.map((x, i) => x + more[i]!)

describe('an ensemble', () => {
  it('gives the mean of the probabilities of classes, as logarithms', async () => {
    await fc.assert(
      fc.asyncProperty(members, numbers, async (networks, flat) => {
        const found = await outputOf(ensemble(networks.map((more) => shifted(more))), tensor(flat, [2, 3]))
        rows(flat).forEach((row, n) => {
          const each = networks.map((more) => softmax(plus(row, more)))
          for (const c of [0, 1, 2])
            expect(Math.exp(found[3 * n + c]!)).toBeCloseTo(meanOf(each.map((p) => p[c]!)), 5)
        })
      }),
      { numRuns: 20 },
    )
  })

  it('gives the logit of the mean probability of yes', async () => {
    await fc.assert(
      fc.asyncProperty(members, numbers, async (networks, flat) => {
        const files = networks.map((more) => shifted(more, { task: 'binary' }))
        const found = await outputOf(ensemble(files), tensor(flat, [2, 3]))
        const expected = rows(flat).flatMap((row) =>
          [0, 1, 2].map((i) => meanOf(networks.map((more) => sigmoid(plus(row, more)[i]!)))),
        )
        found.forEach((logit, i) => {
          expect(sigmoid(logit)).toBeCloseTo(expected[i]!, 5)
        })
      }),
      { numRuns: 20 },
    )
  })

  it('gives the mean of numbers', async () => {
    const files = [
      [1, 2, 3],
      [3, 2, 7],
      [2, 2, 2],
    ].map((more) => shifted(more, { task: 'regression' }))
    const found = await outputOf(ensemble(files), tensor([0, 0, 0, 1, 2, -3], [2, 3]))
    expect(found).toEqual([2, 2, 4, 3, 4, 1])
  })

  it('is exact where all are as sure as can be', async () => {
    const classes = ensemble([shifted([0, 0]), shifted([10, 0])])
    const [no, yes] = await outputOf(classes, tensor([0, 200], [1, 2]))
    // ln((e^-200 + e^-190) / 2)
    expect([no, yes]).toEqual([expect.closeTo(-190 + Math.log1p(Math.exp(-10)) - Math.LN2, 4), 0])
    const binary = ensemble([0, 10].map((more) => shifted([more], { task: 'binary' })))
    const [logit] = await outputOf(binary, tensor([-200], [1, 1]))
    expect(logit).toBeCloseTo(-190 + Math.log1p(Math.exp(-10)) - Math.LN2, 4)
  })

  it('keeps the networks apart: layers and weights below their names', () => {
    const weights = [1, 2].map((scale) => constant([scale, 0, 0, scale], 'float32', [2, 2]))
    const { graph } = readOnnx(ensemble(weights.map((weight) => fileOf((x) => matmul(x, weight)))), {
      dims: 1,
    })
    const layers = graph.nodes.map(({ scope }) => scope).filter(Boolean)
    expect(layers).toEqual(['network0.head', 'network1.head'])
    const held = graph.constants().filter(({ rank }) => rank === 2)
    expect(held.map(({ name }) => name)).toEqual(['network0.constant_0', 'network1.constant_0'])
    expect(held.map(({ data }) => data!.data[0])).toEqual([1, 2])
  })

  it('is a network like the others: it may be a member of another', async () => {
    const [a, b, c] = [
      [1, 0],
      [0, 2],
      [3, 3.5],
    ].map((more) => shifted(more)) as [Uint8Array, Uint8Array, Uint8Array]
    const x = tensor([0, 0], [1, 2])
    const found = await outputOf(ensemble([ensemble([a, b]), c]), x)
    const [p, q, r] = [
      [1, 0],
      [0, 2],
      [3, 3.5],
    ].map(softmax) as [number[], number[], number[]]
    expect(Math.exp(found[0]!)).toBeCloseTo(((p[0]! + q[0]!) / 2 + r[0]!) / 2, 6)
  })

  it('keeps what all files say, and the one sample that some take', () => {
    const metadata = { 'gradus.classes': '["a","b"]', 'gradus.data': 'letters' }
    const one = shifted([0, 1], { metadata: { ...metadata, 'gradus.data': 'others' } })
    const both = readOnnx(ensemble([shifted([0, 1], { metadata }), one]), { dims: 1 })
    expect(both.metadata).toEqual({ 'gradus.task': 'classification', 'gradus.classes': '["a","b"]' })
    expect(both.dynamicAxes).toEqual({ input: { 0: 'N' }, output: { 0: 'N' } })
    const single = readOnnx(ensemble([shifted([0, 1]), shifted([0, 1], { single: true })]))
    expect(single.graph.inputs[0]!.shape).toEqual([1, 2])
  })

  it('is refused where the networks do not fit together, by the names given', () => {
    const names = ['a.onnx', 'b.onnx']
    const of =
      (...files: Uint8Array[]) =>
      () =>
        ensemble(files, { names })
    const a = shifted([0, 1], { metadata: { 'gradus.classes': '["a","b"]' } })
    expect(of(a)).toThrow('ensemble: expected at least two networks, got 1')
    expect(of(a, shifted([0, 1, 2]))).toThrow(
      'b.onnx: expected inputs float32 [1, 2] as those of a.onnx, found float32 [1, 3]',
    )
    expect(
      of(
        a,
        fileOf((x) => concat([x, x], { axis: 1 })),
      ),
    ).toThrow('b.onnx: expected outputs float32 [1, 2]')
    expect(of(a, shifted([0, 1], { metadata: { 'gradus.classes': '["b","a"]' } }))).toThrow(
      'b.onnx: expected the "gradus.classes" of a.onnx, found others\n  a.onnx: ["a","b"]\n  b.onnx: ["b","a"]',
    )
    expect(of(a, shifted([0, 1]))).toThrow('b.onnx: none')
    expect(of(a, shifted([0, 1], { task: 'guessing' }))).toThrow(
      'b.onnx: expected metadata "gradus.task" that says what the outputs mean, found guessing',
    )
    expect(of(a, a.subarray(0, 40))).toThrow(/^b\.onnx: /)
    const x = input('x', [1, 2])
    const free = writeOnnx(new Graph([x], { y: mul(x, 2) }), { dynamicAxes: { x: { 0: 'N', 1: 'width' } } })
    expect(of(a, free)).toThrow(
      'b.onnx: expected sizes that are open only along the first axis, found "x" with others',
    )
    const [p, q] = [input('p', [1, 2]), input('q', [1, 2])]
    expect(of(a, writeOnnx(new Graph([p, q], { y: mul(p, q) })))).toThrow(
      'b.onnx: expected a network of one input [N, ...] and one output [N, ...], of any N or of 1, found inputs p float32 [1, 2], q',
    )
  })
})

describe('an ensemble of what was trained', () => {
  it('is evaluated as what its members say on average, in its loss better than they are', async () => {
    const model = () =>
      nn.sequential(nn.flatten(), nn.linear(64, 16), nn.batchNorm1d(16), nn.relu(), nn.linear(16, 10))
    const runs: Trained[] = []
    for (const seed of [0, 1, 2])
      runs.push(await fit({ data: digits(), model: model(), optimizer: sgd(0.1), epochs: 2, seed }))
    const file = ensemble(runs.map((run) => run.toOnnx()))
    const { data } = runs[0]!
    const of = { toOnnx: () => file, data }
    const [together, ...single] = await Promise.all([of, ...runs].map((each) => evaluate(each)))
    const losses = single.map((each) => (each.task === 'classification' ? each.loss : Number.NaN))
    // The mean of probabilities is above that of their logarithms.
    expect(together).toMatchObject({ task: 'classification', samples: 360 })
    expect(together!.task === 'classification' && together!.loss).toBeLessThan(meanOf(losses))
    const networks = await Promise.all(
      [file, ...runs.map((run) => run.toOnnx())].map((each) => openNetwork(readOnnx(each, { dims: 1 }))),
    )
    const sample = Float32Array.from((data.test.inputs as Uint8Array).subarray(0, 64))
    const said = await Promise.all(networks.map(async (each) => Array.from((await each.run(sample))[0]!)))
    const each = said.slice(1).map(softmax)
    said[0]!.forEach((log, c) => {
      expect(Math.exp(log)).toBeCloseTo(meanOf(each.map((p) => p[c]!)), 5)
    })
  })
})
