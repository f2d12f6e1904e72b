import { GradusError, type Tensor } from '../core/index.ts'
import { Graph } from '../graph/index.ts'
import { compileGraph } from '../runtime/index.ts'
import { bindTensors } from './step.ts'
import { type GraphOptions, names, trainingGraph } from './training-graph.ts'

/** The numbers of the step that failed. */
export interface FailedStep {
  readonly step: number
  readonly loss: number
  /** Everything that the training program read: inputs, targets, masks. */
  readonly feeds: Readonly<Record<string, Tensor>>
  readonly tensors: ReadonlyMap<string, Tensor>
}

/**
 * Explains a loss that is not finite: runs the step again with the output of every layer visible, and names the first
 * layer whose output is not finite, or what went wrong instead: the inputs, or the loss itself.
 */
export async function explainNonFinite(options: GraphOptions, failed: FailedStep): Promise<GradusError> {
  const origin = await findOrigin(options, failed)
  const parameter = firstNonFinite(failed.tensors)
  return new GradusError(`the loss became ${failed.loss} in step ${failed.step + 1}`, [
    `first not finite: ${origin}`,
    ...(parameter ? [`"${parameter}" is not finite since the update of step ${failed.step}`] : []),
    'the last checkpoint is from before; parameters were not updated in this step',
    ADVICE,
  ])
}

/** Fails if a parameter or buffer is not finite after `step` steps: such weights must not replace a good checkpoint. */
export function expectFinite(tensors: ReadonlyMap<string, Tensor>, step: number): void {
  const name = firstNonFinite(tensors)
  if (name === undefined) return
  throw new GradusError(`"${name}" is not finite after the update of step ${step}`, [
    'the last checkpoint is from before',
    ADVICE,
  ])
}

const ADVICE =
  'try a smaller learning rate, or warm-up; check the inputs for values that are not finite or very large'

function firstNonFinite(tensors: ReadonlyMap<string, Tensor>): string | undefined {
  for (const [name, held] of tensors) if (!allFinite(held)) return name
  return undefined
}

async function findOrigin(options: GraphOptions, { feeds, tensors }: FailedStep): Promise<string> {
  if (!allFinite(feeds[names.inputs]!)) return 'the inputs of the batch'
  const { graph, calls } = trainingGraph(options)
  const leaves = calls.filter(({ layer }) => Object.keys(layer.children).length === 0)
  const outputs = Object.fromEntries(leaves.map(({ output }, i) => [`${i}`, output]))
  const program = await compileGraph(new Graph(graph.inputs, outputs), { lowering: false })
  bindTensors(program, tensors)
  const given = Object.entries(feeds).filter(([name]) => name in program.inputs)
  const results = await program.call(Object.fromEntries(given))
  const at = leaves.findIndex((_, i) => !allFinite(results[`${i}`]!))
  if (at < 0) return 'the loss itself; every layer gave finite numbers'
  const { layer, path, output } = leaves[at]!
  return `the output of ${layer.type} "${path}" [${output.shape.join(', ')}]`
}

function allFinite({ data }: Tensor): boolean {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(Number(data[i]))) return false
  return true
}
