import type { Tensor } from '../../core/index.ts'
import type { Labels, Loader, Normalizer } from '../../data/index.ts'
import { type CompileOptions, compileGraph, type Program } from '../../runtime/index.ts'
import type { Scores } from '../events.ts'
import { bindTensors } from '../step/step.ts'
import { evaluationGraph, type GraphOptions, names } from '../step/training-graph.ts'
import { NumberErrors } from './number-errors.ts'

/** Evaluates a model on all samples of a loader. */
export type Evaluator = (loader: Loader) => Promise<Scores>

export interface EvaluatorOptions extends Omit<GraphOptions, 'batchSize'>, CompileOptions {
  /** Parameters and buffers by name. */
  readonly tensors: ReadonlyMap<string, Tensor>
  /** How the loaders standardize numbers to predict; scores besides the loss are in the units of the data. */
  readonly targets?: Normalizer
}

/**
 * Prepares the evaluation of a model with the parameters and buffers in `tensors`, as they are when it is called.
 * The last batch of a loader runs as what it is, a smaller batch: its padding does not count.
 */
export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const { tensors, threads, lowering, programs: shared } = options
  const programs = new Map<number, Promise<Program>>()
  const prepare = async (batchSize: number) => {
    const compile = { threads, lowering, programs: shared }
    const program = await compileGraph(evaluationGraph({ ...options, batchSize }), compile)
    bindTensors(program, tensors)
    return program
  }
  const programFor = (batchSize: number) => {
    const program = programs.get(batchSize) ?? prepare(batchSize)
    programs.set(batchSize, program)
    return program
  }

  return async (loader) => {
    let [loss, correct, samples] = [0, 0, 0]
    const errors = new NumberErrors(options.targets)
    for await (const { inputs, labels, count } of loader.batches(0)) {
      const program = await programFor(count)
      const x = program.inputs[names.inputs]!.data as Float32Array
      const targets = program.inputs[names.targets]!.data as Labels
      x.set(inputs.subarray(0, x.length))
      targets.set(labels.subarray(0, targets.length))
      await program.run()
      loss += Number(program.outputs[names.loss]!.data[0]) * count
      correct += Number(program.outputs[names.correct]?.data[0] ?? Number.NaN)
      const squares = program.outputs[names.squares]
      if (squares) errors.add(squares.data as Float32Array, targets, count)
      samples += count
    }
    return {
      loss: loss / samples,
      ...(!Number.isNaN(correct) && { accuracy: correct / samples }),
      ...errors.scores,
    }
  }
}
