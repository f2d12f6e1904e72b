import { GradusError, type JsonObject } from '../../core/index.ts'
import {
  fitPreprocess,
  fromTensors,
  type Indices,
  PREPROCESS,
  type Preprocessing,
  type PreprocessWatcher,
  type Split,
} from '../../data/index.ts'
import type { Layer } from '../../nn/index.ts'
import type { Checkpoint } from '../run/checkpoint.ts'
import { gramProgram } from './gram.ts'
import type { CheckedRecipe } from './recipe.ts'

/** What a recipe does to inputs unless it says otherwise; checkpoints do not name it. */
export const USUAL = 'standardize()'

interface Samples {
  /** Of the data set. */
  readonly name: string
  readonly split: Split
  readonly indices: Indices
}

/**
 * The preprocessing of a recipe: what a checkpoint holds of it, if it is the same one for the same data, so that a run that goes
 * on sees exactly what it saw; else fitted to the training samples.
 */
export async function preprocessingOf(
  { preprocess }: CheckedRecipe,
  { name: data, split, indices }: Samples,
  resume: Checkpoint | undefined,
  watch?: PreprocessWatcher,
): Promise<Preprocessing> {
  const { name } = preprocess
  const identity = resume?.state.identity as JsonObject | undefined
  const isSame = identity?.data === data && (identity.preprocess ?? USUAL) === name
  const isKept = resume && [...resume.tensors.keys()].some((key) => key.startsWith(PREPROCESS))
  if (isSame && isKept) return fromTensors(resume.tensors, { name, inputShape: split.shape })
  return fitPreprocess(preprocess, split, { indices, gram: gramProgram(), watch })
}

/**
 * A model that takes samples as loaders give them: preprocessing that is part of the graph comes first. It has the model's
 * parameters under the model's names, so training, evaluation, statistics and export need not know of it.
 */
export function inFront({ inGraph, apply }: Preprocessing, model: Layer): Layer {
  if (!inGraph) return model
  return { ...model, forward: (x, self, context) => model.forward(apply(x), self, context) }
}

/**
 * What `make` gives. If that fails, and the model sees samples of another shape than the data's, the error says so.
 */
export async function explained<T>(
  { name, inputShape, outputShape }: Preprocessing,
  make: () => T | Promise<T>,
): Promise<T> {
  try {
    return await make()
  } catch (cause) {
    if (!(cause instanceof GradusError) || inputShape.join() === outputShape.join()) throw cause
    throw new GradusError(
      cause.message.split('\n  ')[0]!,
      [
        ...cause.notes,
        `preprocessing, ${name}, makes samples [${inputShape.join(', ')}] into [${outputShape.join(', ')}], which the model gets`,
        'make the model from what it is told: model: ({ inputShape, classes }) => ...',
      ],
      { cause },
    )
  }
}
