import type { Augmenter } from '../../augment/index.ts'
import { gradients } from '../../autodiff/index.ts'
import { ensure, formatShape, isFloat, type Shape, sameShape, sizeOf } from '../../core/index.ts'
import { Graph, input, type Value } from '../../graph/index.ts'
import {
  classMask,
  correctCount,
  type DrawInput,
  type Layer,
  type LayerCall,
  type Loss,
  parametersOf,
  trace,
} from '../../nn/index.ts'
import { cast, reshape, sub, sumSquare } from '../../ops/index.ts'
import { foldAffine } from '../../runtime/index.ts'

/** Names of the graphs' inputs and outputs that are not parameters. */
export const names = {
  inputs: 'inputs',
  targets: 'targets',
  loss: 'loss',
  correct: 'correct',
  squares: 'squares',
  gradient: (parameter: string) => `gradient:${parameter}`,
  next: (buffer: string) => `next:${buffer}`,
} as const

export interface GraphOptions {
  readonly model: Layer
  readonly loss: Loss
  /** Without the batch axis: `[C, H, W]`. */
  readonly inputShape: Shape
  readonly batchSize: number
  /** Changes the inputs in training, in front of the model; nothing by default. */
  readonly augment?: Augmenter
  /** Parameters that get no gradient; none by default. */
  readonly frozen?: (name: string) => boolean
  /** Move what lies in front of matrix products into their weights, where that is faster (default false). */
  readonly fold?: boolean
}

/** The training graph of a model, and what the host must do around it. */
export interface TrainingGraph {
  /** inputs, targets, parameters, buffers, random numbers -> loss, correct or squares, gradients, next buffers */
  readonly graph: Graph
  /** Inputs for what the augmentation draws, in the order of its passes. */
  readonly augmented: readonly Value[]
  /** Those that get a gradient. */
  readonly parameters: readonly string[]
  /** Buffers that the step changes. */
  readonly buffers: readonly string[]
  /** Random numbers that the host fills in before each step. */
  readonly draws: readonly DrawInput[]
  readonly calls: readonly LayerCall[]
  /** The loss's gradients with respect to the values that were asked for besides. */
  readonly watched: readonly Value[]
}

interface Forward {
  readonly augmented: readonly Value[]
  readonly inputs: readonly Value[]
  readonly outputs: Record<string, Value>
  readonly traced: ReturnType<typeof trace>
}

function forward(options: GraphOptions, training: boolean): Forward {
  const { model, loss, inputShape, batchSize, frozen } = options
  const x = input(names.inputs, [batchSize, ...inputShape])
  const augment = training ? options.augment : undefined
  const augmented = augment?.inputs(batchSize) ?? []
  const traced = trace(model, augment?.apply(x, augmented) ?? x, { training, frozen })
  const targets = input(names.targets, loss.targetShape(traced.output.shape), loss.targetDType)
  const wanted = augment?.mix ? mixedTargets(loss, traced.output, targets, augment.mix, augmented) : targets
  const value = loss.apply(traced.output, wanted)
  ensure(value.rank === 0, `loss "${loss.name}" gave ${formatShape(value.shape)}, expected a scalar`)
  const outputs: Record<string, Value> = { [names.loss]: value }
  if (loss.task === 'classification') outputs[names.correct] = correctCount(traced.output, wanted)
  else if (isPredicted(loss, traced.output, wanted))
    outputs[names.squares] = squaredErrors(traced.output, wanted)
  const drawn = traced.draws.map(({ value }) => value)
  const inputs = [x, targets, ...augmented, ...traced.tensors.values(), ...drawn]
  return { augmented, inputs, outputs, traced }
}

/** Whether a model's outputs are the numbers that the targets are. */
const isPredicted = ({ task, rawTargets = false }: Loss, output: Value, targets: Value) =>
  task === 'regression' && !rawTargets && sameShape(output.shape, targets.shape)

/** Sums over a batch [N, ...] of the squared errors of each number, [numbers]. */
function squaredErrors(output: Value, targets: Value): Value {
  const [batch = 1] = output.shape
  const errors = reshape(sub(output, targets), [batch, sizeOf(output.shape) / batch])
  return sumSquare(errors, { axes: 0 })
}

/**
 * The targets of samples that were mixed: numbers as they are, classes as probabilities [N, C].
 * @throws if the loss takes classes only.
 */
function mixedTargets(
  loss: Loss,
  output: Value,
  targets: Value,
  mix: NonNullable<Augmenter['mix']>,
  augmented: readonly Value[],
): Value {
  if (isFloat(targets.dtype)) return mix(targets, augmented)
  ensure(
    loss.takesProbabilities,
    `${loss.name}: expected samples that are not mixed, since it takes one class for each`,
    'leave out what mixes samples (mixup, cutMix), or take losses.crossEntropy()',
  )
  return mix(cast(classMask(targets, output.shape[1]!), output.dtype), augmented)
}

/**
 * Forward, loss and gradients of a model in training, as one graph.
 * @param watch values whose gradients are wanted, too, though not as outputs; none by default. They are those of the graph
 *   before anything is folded.
 */
export function trainingGraph(
  options: GraphOptions,
  watch: (calls: readonly LayerCall[]) => readonly Value[] = () => [],
): TrainingGraph {
  const { augmented, inputs, outputs, traced } = forward(options, true)
  const { model, frozen = () => false, fold = false } = options
  const parameters = parametersOf(model)
    .map(({ name }) => name)
    .filter((name) => !frozen(name))
  for (const [name, value] of traced.updates) outputs[names.next(name)] = value
  const trained = parameters.map((name) => traced.tensors.get(name)!)
  const written = new Graph(inputs, outputs)
  const { results } = fold ? foldAffine(written, new Set(trained)) : written
  const grads = gradients(results[names.loss]!, [...trained, ...watch(traced.calls)])
  const wanted = parameters.map((name, i) => [names.gradient(name), grads[i]!] as const)
  return {
    graph: new Graph(inputs, { ...results, ...Object.fromEntries(wanted) }),
    augmented,
    parameters,
    buffers: [...traced.updates.keys()],
    draws: traced.draws,
    calls: traced.calls,
    watched: grads.slice(parameters.length),
  }
}

/** Loss and number of correct predictions, or squared errors, of a model in evaluation. */
export function evaluationGraph(options: GraphOptions): Graph {
  const { inputs, outputs } = forward(options, false)
  return new Graph(inputs, outputs)
}
