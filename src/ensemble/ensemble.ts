import { ensure, formatShape, sameShape, within } from '../core/index.ts'
import { Graph, input, type Value } from '../graph/index.ts'
import { type OnnxModel, readOnnx, writeOnnx } from '../onnx/index.ts'
import { averages } from './averages.ts'
import { inlined } from './inlined.ts'

export interface EnsembleOptions {
  /** What messages call the files (default `network 0`, `network 1`, ...). */
  readonly names?: readonly string[]
}

interface Member extends OnnxModel {
  /** What messages call it. */
  readonly called: string
}

/** What a file says of its outputs: the task of the loss. */
const TASK = 'gradus.task'
/** What a file says about what its network takes and gives: all have to say the same. */
const terms = [TASK, ...['classes', 'targets', 'table', 'inputRange', 'fit'].map((term) => `gradus.${term}`)]

/**
 * Several networks for the same task as one that says what they say on average: of classes the mean of their probabilities, of
 * numbers their mean. Networks that differ only in their seed make different mistakes, and together fewer.
 * ```ts
 * const runs = [await fit(recipe(0)), await fit(recipe(1))]
 * writeFileSync('both.onnx', ensemble(runs.map((run) => run.toOnnx())))
 * ```
 * @param files ONNX files as training leaves them, at least two: one input [N, ...], one output [N, ...].
 * @returns an ONNX file: `input` [N, ...] -> `output` [N, ...], of classes the logarithms of their probabilities. The layers of
 * the networks are below `network0`, `network1`, ...; it takes the time of all of them.
 * @throws if they do not take and give the same, or a file does not say what its outputs mean.
 * Source: Hansen and Salamon, Neural network ensembles, 1990.
 */
export function ensemble(files: readonly Uint8Array[], { names = [] }: EnsembleOptions = {}): Uint8Array {
  const members = files.map((file, i) => memberIn(file, names[i] ?? `network ${i}`))
  const [first, ...others] = members
  ensure(first && others.length > 0, `ensemble: expected at least two networks, got ${files.length}`)
  for (const other of others) expectAlike(first, other)
  const { shape, dtype } = first.graph.inputs[0]!
  const x = input('input', shape, dtype)
  const outputs = members.map(({ graph }, i) => inlined(graph, [x], `network${i}`)[0]!)
  const output = averages[first.metadata[TASK] as keyof typeof averages](outputs)
  const isFree = members.every(({ graph, dynamicAxes }) => dynamicAxes[graph.inputs[0]!.name!]?.[0])
  return writeOnnx(new Graph([x], { output }), {
    metadata: Object.fromEntries(
      Object.entries(first.metadata).filter(([key, text]) =>
        others.every(({ metadata }) => metadata[key] === text),
      ),
    ),
    dynamicAxes: isFree ? { input: { 0: 'N' }, output: { 0: 'N' } } : {},
  })
}

function memberIn(file: Uint8Array, called: string): Member {
  const model = within(called, () => readOnnx(file, { dims: 1 }))
  const { inputs, outputs } = model.graph
  const isSingle = inputs.length === 1 && outputs.length === 1
  ensure(
    isSingle && [...inputs, ...outputs].every(({ shape }) => shape[0] === 1),
    `${called}: expected a network of one input [N, ...] and one output [N, ...], of any N or of 1, found inputs ` +
      `${inputs.join(', ') || 'none'}, outputs ${outputs.join(', ') || 'none'}`,
  )
  const open = Object.entries(model.dynamicAxes).find(([, axes]) =>
    Object.keys(axes).some((axis) => axis !== '0'),
  )
  ensure(
    !open,
    `${called}: expected sizes that are open only along the first axis, found "${open?.[0]}" with others`,
    'write the file anew, for samples of one size',
  )
  const task = model.metadata[TASK]
  ensure(
    task !== undefined && Object.hasOwn(averages, task),
    `${called}: expected metadata "${TASK}" that says what the outputs mean, found ${task ?? 'none'}`,
    `known: ${Object.keys(averages).join(', ')}`,
    'give a file that gradus train wrote; of a run of an older Gradus, gradus train --resume RUN writes it anew',
  )
  return { ...model, called }
}

function expectAlike(first: Member, other: Member): void {
  const advice = 'the networks of an ensemble are trained on the same data'
  for (const side of ['inputs', 'outputs'] as const) {
    const [expected, found] = [first, other].map(({ graph }) => graph[side][0]!) as [Value, Value]
    ensure(
      sameShape(expected.shape, found.shape) && expected.dtype === found.dtype,
      `${other.called}: expected ${side} ${expected.dtype} ${formatShape(expected.shape)} as those of ${first.called}, ` +
        `found ${found.dtype} ${formatShape(found.shape)}`,
      advice,
    )
  }
  for (const term of terms) {
    const [expected, found] = [first, other].map(({ metadata }) => metadata[term] ?? 'none')
    ensure(
      found === expected,
      `${other.called}: expected the "${term}" of ${first.called}, found others`,
      `${first.called}: ${expected}`,
      `${other.called}: ${found}`,
      advice,
    )
  }
}
