import { GradusError, type Json, type JsonObject, type Tensor } from '../../core/index.ts'
import { PREPROCESS, toTensors } from '../../data/index.ts'
import { initialize } from '../../nn/index.ts'
import { freshProgress, type Progress } from '../loop.ts'
import type { Prepared } from '../recipe/prepare.ts'
import { USUAL } from '../recipe/preprocessed.ts'
import type { CheckedRecipe } from '../recipe/recipe.ts'
import { TARGETS, targetTensors } from '../recipe/standardized-targets.ts'
import { type Checkpoint, expectSameModel, fingerprint } from './checkpoint.ts'

/** All that changes while a run goes on, and that a checkpoint holds. */
export interface RunState {
  readonly progress: Progress
  /** Parameters and buffers by name. */
  readonly tensors: Map<string, Tensor>
  /** What was fitted to the training samples, by its name in checkpoints. */
  readonly fitted: ReadonlyMap<string, Tensor>
  /** Optimizer state by its name in checkpoints; undefined before the first step. */
  readonly optimizer: ReadonlyMap<string, Tensor> | undefined
  /** What must be the same when the run goes on, or the result would be another. */
  readonly identity: Identity
}

interface Identity extends JsonObject {
  seed: number
  batchSize: number
  data: string
  trainSamples: number
  optimizer: string
  /** Left out for z-scores. */
  preprocess?: string
  /** The list as it was written; left out where nothing is augmented. Runs of older versions have the names, in one text. */
  augment?: string[] | string
}

/** The state of a run that starts. */
export function freshState(recipe: CheckedRecipe, prepared: Prepared): RunState {
  const tensors = initialize(prepared.model, recipe.seed)
  return {
    progress: freshProgress(),
    tensors,
    fitted: new Map([...toTensors(prepared.preprocessing), ...targetTensors(prepared.targets)]),
    optimizer: undefined,
    identity: identityOf(recipe, prepared),
  }
}

function identityOf(recipe: CheckedRecipe, { data, train, augment }: Prepared): Identity {
  const { seed, optimizer, preprocess } = recipe
  const { batchSize, samplesPerEpoch: trainSamples } = train
  const links = optimizer.links.map((link) => link.name).join(', ')
  return {
    seed,
    batchSize,
    data: data.name,
    trainSamples,
    optimizer: links,
    ...(preprocess.name !== USUAL && { preprocess: preprocess.name }),
    ...(augment && { augment: [...augment.written] }),
  }
}

/** The checkpoint of a state. The random streams and the data position follow from the seed and the progress. */
export function checkpointOf(state: RunState, optimizer: ReadonlyMap<string, Tensor>): Checkpoint {
  const { progress, tensors, fitted, identity } = state
  return {
    tensors: new Map([...tensors, ...optimizer, ...fitted]),
    state: { identity, progress: structuredClone(progress) as unknown as JsonObject },
  }
}

/**
 * The state that a checkpoint holds.
 * @throws if it is one of another model, or of a run with another seed, batch size, data set, optimizer, preprocessing or
 *   augmentation.
 */
export function restoredState(recipe: CheckedRecipe, prepared: Prepared, checkpoint: Checkpoint): RunState {
  const { tensors: expected, fitted, identity } = freshState(recipe, prepared)
  const optimizer = new Map([...checkpoint.tensors].filter(([name]) => name.startsWith('optimizer/')))
  const isWeight = (name: string) =>
    !optimizer.has(name) && !name.startsWith(PREPROCESS) && !name.startsWith(TARGETS)
  const tensors = new Map([...checkpoint.tensors].filter(([name]) => isWeight(name)))
  expectSameModel(fingerprint(expected), fingerprint(tensors))
  const found = checkpoint.state.identity as Identity
  for (const key of Object.keys({ ...found, ...identity })) {
    if (JSON.stringify(found[key]) === JSON.stringify(identity[key])) continue
    if (key === 'augment' && found.augment === prepared.augment?.names.join(', ')) continue
    const [wanted, held] = differing(identity[key], found[key])
    throw new GradusError(`checkpoint: expected ${key} ${wanted}, found ${held}`, [
      'a run goes on with the recipe and the data that it was started with; anything else is a new run',
    ])
  }
  const progress = checkpoint.state.progress as unknown as Progress
  return { progress, tensors, fitted, optimizer, identity }
}

/** Two values as texts; of lists that differ in some of their items, those. */
function differing(wanted: Json | undefined, held: Json | undefined): readonly [string, string] {
  const lists = [wanted, held].map((value) => [value ?? []].flat().map(String)) as [string[], string[]]
  const [a, b] = lists
  const only = [a.filter((item) => !b.includes(item)), b.filter((item) => !a.includes(item))]
  const shown = only.every((items) => items.length > 0) ? only : lists
  return shown.map((items) => items.join(', ') || 'none') as [string, string]
}
