import { availableParallelism } from 'node:os'
import { summary } from '../nn/index.ts'
import type { Untimed } from './events.ts'
import { layerFacts } from './facts/layer-facts.ts'
import type { StartFacts } from './facts/start-facts.ts'
import type { FitOptions } from './fit-options.ts'
import type { Progress } from './loop.ts'
import type { Prepared } from './recipe/prepare.ts'
import type { CheckedRecipe } from './recipe/recipe.ts'

interface Announcement {
  readonly recipe: CheckedRecipe
  readonly prepared: Prepared
  readonly options: FitOptions
  readonly facts: StartFacts
  readonly progress: Progress
  readonly emit: (event: Untimed) => Promise<void>
}

/** Emits the start event and what the person should know; returns the number of parameters. */
export async function announce({
  recipe,
  prepared,
  options,
  facts,
  progress,
  emit,
}: Announcement): Promise<number> {
  const { data, model, notices, train, validation, test } = prepared
  const { run, resume, maxSteps, threads = availableParallelism() } = options
  const { parameters, multiplyAdds } = summary(model, data.inputShape)
  const { step } = progress
  await emit({
    type: 'start',
    step,
    run: run ?? recipe.name ?? data.name,
    resumed: resume !== undefined,
    data: {
      name: data.name,
      train: data.train.count - (validation?.samplesPerEpoch ?? 0),
      validation: validation?.samplesPerEpoch ?? 0,
      test: test.samplesPerEpoch,
      inputShape: data.inputShape,
      ...(data.task === 'classification' && { classes: data.classes.length }),
    },
    model: { name: model.type, parameters, multiplyAdds, layers: layerFacts(model, data.inputShape) },
    epochs: recipe.epochs,
    batchSize: train.batchSize,
    stepsPerEpoch: train.batchesPerEpoch,
    device: 'cpu',
    threads,
    seed: recipe.seed,
    ...facts,
  })
  const finished = resume && whyFinished(progress, recipe.epochs, maxSteps)
  for (const message of [...notices, ...(finished ? [finished] : [])])
    await emit({ type: 'notice', step, message })
  return parameters
}

/** Why a run that goes on has nothing left to do; undefined if it has. */
function whyFinished({ epoch, step, stoppedBy }: Progress, epochs: number, maxSteps?: number) {
  if (stoppedBy) return `nothing is left to train: ${stoppedBy} stopped the run`
  if (epoch >= epochs)
    return `nothing is left to train: ${epoch} of ${epochs} epochs are done; give more epochs to train longer`
  if (maxSteps !== undefined && step >= maxSteps)
    return `nothing is left to train: ${step} of at most ${maxSteps} steps are done; allow more steps to train longer`
  return undefined
}
