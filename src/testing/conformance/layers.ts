import {
  type Entry,
  ensure,
  formatShape,
  GradusError,
  isFloat,
  type Shape,
  sameShape,
  type Tensor,
} from '../../core/index.ts'
import {
  constant,
  expandFunctions,
  Graph,
  input,
  sameGraph,
  sortedNodes,
  type Value,
} from '../../graph/index.ts'
import { buffersOf, type Layer, parametersOf, type Trace, trace } from '../../nn/index.ts'
import { readOnnx, writeOnnx } from '../../onnx/index.ts'
import { compileGraph } from '../../runtime/index.ts'
import { disagreements, inWidestFloat } from '../finite-differences.ts'
import type { Float } from '../sample.ts'
import { type Case, casesOf, type Property, runAll } from './case.ts'
import { expectClose, expectFinite, expectSameBits, expectSameNames } from './compare.ts'
import {
  compileLayer,
  plainly,
  rowsOf,
  runLayer,
  runnerOf,
  type Subject,
  subjectOf,
  withFixedDraws,
} from './layer-run.ts'

const modes = [
  { mode: 'training', training: true },
  { mode: 'evaluation', training: false },
] as const

/** The graph of an example, symbolically. */
function traceOf({ layer, x }: Subject, training: boolean, batch = x.shape[0]!): Trace {
  return trace(layer, input('x', [batch, ...x.shape.slice(1)], x.dtype), { training })
}

const shapes: Property<Layer> = {
  name: 'floats for every sample of the batch, of the same shape in training and in evaluation',
  check(example, { kind }) {
    const subject = subjectOf(example)
    const [training, evaluation] = modes.map(({ training }) => traceOf(subject, training).output)
    const { shape } = subject.x
    ensure(isFloat(training!.dtype), `expected floats, got ${training}`)
    const same = training!.dtype === evaluation!.dtype && sameShape(training!.shape, evaluation!.shape)
    ensure(same, `training gives ${training}, evaluation ${evaluation}`)
    ensure(training!.shape[0] === shape[0], `expected ${shape[0]} rows, got ${training}`)
    const kept = kind !== 'activation' || training!.rank === shape.length
    ensure(kept, `an activation keeps the axes ${formatShape(shape)}, got ${training}`)
  },
}

const names: Property<Layer> = {
  name: 'declared parameters, all of them used, under the same names always',
  check(example) {
    const subject = subjectOf(example)
    const declared = namesOf(subject.layer)
    expectSameNames(namesOf(example.make()), declared, 'made once more')
    const { output, tensors, updates } = traceOf(subject, true)
    const read = new Set(sortedNodes([output, ...updates.values()]).flatMap(({ inputs }) => inputs))
    const idle = parametersOf(subject.layer).find(({ name }) => !read.has(tensors.get(name)!))
    ensure(!idle, `parameter "${idle?.name}" has no part in the output`)
    for (const { name, spec } of buffersOf(subject.layer)) {
      const next = updates.get(name)
      const fits = !next || (next.dtype === spec.dtype && sameShape(next.shape, spec.shape))
      ensure(fits, `buffer "${name}" is ${spec.dtype} ${formatShape(spec.shape)}, its next value ${next}`)
    }
  },
}

const namesOf = (layer: Layer) => [...parametersOf(layer), ...buffersOf(layer)].map(({ name }) => name)

const gradient: Property<Layer> = {
  name: 'its gradients are what central differences say',
  async check(example) {
    const { draws, updates } = traceOf(subjectOf(example), true)
    // Another property sees to it that the others do the same in evaluation.
    const differing = draws.length > 0 || updates.size > 0 ? modes : modes.slice(0, 1)
    for (const { mode, training } of differing) {
      const [worst] = await inWidestFloat((float) => {
        const { build, inputs } = functionOf(subjectOf(example, float), training, float)
        return disagreements(build, inputs, float)
      })
      if (!worst) continue
      const { input, element, found, expected } = worst
      const names = parametersOf(example.make()).map(({ name }) => `"${name}"`)
      const what = isFloat(example.dtype ?? 'float32') ? ['the input', ...names][input] : names[input]
      throw new GradusError(`${mode}, element ${element} of ${what}: expected ${expected}, got ${found}`)
    }
  },
}

/** A layer as a function of its input (unless that holds integers) and its parameters; buffers are constants. */
function functionOf({ layer, x, tensors }: Subject, training: boolean, float: Float) {
  const fixed = withFixedDraws(layer, 0, float)
  const parameters = parametersOf(layer).map(({ name }) => name)
  const buffers = [...tensors].flatMap(([name, held]) =>
    parameters.includes(name) ? [] : [[name, constant(held)] as const],
  )
  const given = isFloat(x.dtype) ? [x] : []
  const inputs = [...given, ...parameters.map((name) => tensors.get(name)!)]
  const build = (...all: Value[]) => {
    const [first, rest] = given.length > 0 ? [all[0]!, all.slice(1)] : [constant(x), all]
    const values = new Map([...buffers, ...parameters.map((name, i) => [name, rest[i]!] as const)])
    return trace(fixed, first, { training, values }).output
  }
  return { build, inputs }
}

const alike: Property<Layer> = {
  name: 'training and evaluation differ only if it is random or keeps statistics',
  async check(example) {
    const subject = subjectOf(example)
    const [training, evaluation] = modes.map(({ training }) => traceOf(subject, training))
    ensure(evaluation!.updates.size === 0, 'it changes buffers in evaluation')
    if (training!.draws.length > 0 || training!.updates.size > 0) return
    const trained = await (await runnerOf(example, true))(subject.x)
    const evaluated = await (await runnerOf(example, false))(subject.x)
    expectClose(evaluated.output, trained.output, 'evaluation', 1e-6)
  },
}

const random: Property<Layer> = {
  name: 'the same seed gives the same bits, and what it draws matters',
  async check(example) {
    const subject = subjectOf(example)
    const first = await (await runnerOf(example, true))(subject.x)
    expectSameBits((await runLayer(subject, { training: true })).output, first.output, 'training')
    if (traceOf(subject, true).draws.length === 0) return
    for (let seed = 1; seed <= 8; seed++) {
      const { output } = await runLayer(subject, { training: true, seed })
      if (output.data.some((value, i) => value !== first.output.data[i])) return
    }
    throw new GradusError('it draws random numbers, but nine draws give the same output')
  },
}

const batches: Property<Layer> = {
  name: 'any batch size; in evaluation a sample does not see its neighbors',
  async check(example) {
    const subject = subjectOf(example)
    const count = subject.x.shape[0]!
    for (const batch of [1, 2, count + 3]) expectBatch(subject, example.make().type, batch)
    const { output } = await (await runnerOf(example, false))(subject.x)
    const single = await compileLayer({ ...subject, x: rowsOf(subject.x, 0, 1) }, { training: false })
    for (let row = 0; row < count; row++) {
      const alone = await single(rowsOf(subject.x, row, row + 1))
      expectClose(alone.output, rowsOf(output, row, row + 1), `row ${row} alone`, 1e-5)
    }
  },
}

/** Fails unless a batch size works; only training with a single sample may be refused, in words that name the layer. */
function expectBatch(subject: Subject, type: string, batch: number): void {
  for (const { mode, training } of modes) {
    try {
      const { shape } = traceOf(subject, training, batch).output
      ensure(shape[0] === batch, `a batch of ${batch} in ${mode} gives ${formatShape(shape)}`)
    } catch (error) {
      const refused = training && batch === 1 && error instanceof GradusError && error.message.includes(type)
      if (!refused) throw error
    }
  }
}

const exported: Property<Layer> = {
  name: 'an ONNX file that is read back equal',
  async check(example) {
    const { layer, x, tensors } = subjectOf(example)
    const xValue = input('x', x.shape, x.dtype)
    const values = new Map([...tensors].map(([name, held]) => [name, constant(held)] as const))
    const { output } = trace(layer, xValue, { training: false, values })
    const graph = new Graph([xValue], { output })
    const back = readOnnx(writeOnnx(graph)).graph
    const difference = sameGraph(expandFunctions(graph), back)
    ensure(difference === undefined, `the file differs: ${difference}`)
    const run = async (which: Graph): Promise<Tensor> =>
      (await (await compileGraph(which, plainly)).call({ x })).output!
    expectSameBits(await run(back), await run(graph), 'output')
  },
}

const finite: Property<Layer> = {
  name: 'finite at +-90 and at 0, gradients too',
  async check(example) {
    const subject = subjectOf(example)
    if (!isFloat(subject.x.dtype)) return
    for (const { mode, training } of modes) {
      const run = await runnerOf(example, training)
      for (const value of [90, -90, 0]) {
        const { output, gradients, updates } = await run(filled(subject.x.shape, value))
        const where = (what: string) => `${mode} at ${value}: ${what}`
        expectFinite(output, where('output'))
        for (const [name, found] of gradients) expectFinite(found, where(`gradient of ${name}`))
        for (const [name, found] of updates) expectFinite(found, where(`next ${name}`))
      }
    }
  },
}

const filled = (shape: Shape, value: number): Tensor => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(value),
})

/** What must hold of every layer and activation. */
export const layerProperties: readonly Property<Layer>[] = [
  shapes,
  names,
  gradient,
  alike,
  random,
  batches,
  exported,
  finite,
]

/** The examples of a layer or activation crossed with {@link layerProperties}. */
export const layerCases = (entry: Entry<Layer>): Case[] => casesOf(entry, layerProperties)

/**
 * Puts a layer or an activation through its conformance suite; every example says what goes in.
 * @throws with all that failed.
 */
export const checkLayer = (entry: Entry<Layer>): Promise<void> => runAll(layerCases(entry))
