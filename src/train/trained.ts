import type { Tensor } from '../core/index.ts'
import type { Dataset } from '../data/index.ts'
import type { Loss } from '../nn/index.ts'
import type { Scores } from './events.ts'
import { exportOnnx } from './export.ts'
import type { Progress } from './loop.ts'
import type { Prepared, Sides } from './recipe/prepare.ts'
import { atomicWrite } from './run/atomic-write.ts'
import type { RunState } from './run/state.ts'

interface Result {
  /** Parameters and buffers by name: those of the best epoch, or the newest if the run was interrupted. */
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly progress: Readonly<Progress>
  readonly parameters: number
  /** What it was trained on. */
  readonly data: Dataset
  readonly loss: Loss
  readonly samples: Sides
  /** The evaluation graph with the weights and the preprocessing, as an ONNX file. */
  toOnnx(): Uint8Array
  /** Writes {@link toOnnx} to a file, whole or not at all. @throws if it cannot be written. */
  export(path: string): Promise<void>
}

/** A network that was trained. */
export interface Trained extends Result {
  readonly outcome: 'finished'
  /** Scores of the best weights on the test split. */
  readonly test: Scores
}

/** A network whose training was stopped by the signal that `fit` was given. */
export interface Interrupted extends Result {
  readonly outcome: 'interrupted'
  readonly test: undefined
}

/** What came of a run, as far as it does not depend on how the run ended. */
export function resultOf(
  prepared: Prepared,
  { tensors, progress }: RunState,
  parameters: number,
): Omit<Result, 'outcome'> {
  const { data, loss, samples } = prepared
  const toOnnx = () => exportOnnx(onnxOptions(prepared, tensors))
  const write = async (path: string) => atomicWrite(path, [toOnnx()])
  return { tensors, progress, parameters, data, loss, samples, toOnnx, export: write }
}

const onnxOptions = (
  { model, preprocessing, targets, data, loss }: Prepared,
  tensors: ReadonlyMap<string, Tensor>,
) => ({
  model,
  tensors,
  normalizer: preprocessing.normalizer,
  targets,
  inputShape: data.inputShape,
  metadata: {
    ...(data.task === 'classification'
      ? { 'gradus.classes': JSON.stringify(data.classes) }
      : { 'gradus.targets': JSON.stringify(data.targets) }),
    'gradus.task': loss.task,
    ...(data.layout && { 'gradus.table': JSON.stringify(data.layout) }),
    'gradus.inputRange': JSON.stringify(data.inputRange),
    ...(data.fit && { 'gradus.fit': JSON.stringify(data.fit) }),
    'gradus.data': data.name,
  },
})
