import type { Occasion } from '../augment/index.ts'
import type { Batch, Labels } from '../data/index.ts'
import { isFrozen } from '../optim/index.ts'
import type { CompileOptions } from '../runtime/index.ts'
import type { Horizon, Schedule } from '../schedules/index.ts'
import { createEvaluator, type Evaluator } from './evaluation/evaluate.ts'
import { type LabelDoubts, labelDoubts } from './facts/label-doubts.ts'
import { createPopulationStatistics } from './population-statistics.ts'
import type { Prepared } from './recipe/prepare.ts'
import type { CheckedRecipe } from './recipe/recipe.ts'
import type { RunState } from './run/state.ts'
import { createTrainStep, type StepResult, type TrainStep } from './step/step.ts'

/** What a run is made of. */
export interface EngineParts {
  readonly recipe: CheckedRecipe
  readonly prepared: Prepared
  readonly state: RunState
  readonly compile: CompileOptions
}

/** What a run computes with: programs over the tensors of its state. */
export interface Engine {
  readonly step: TrainStep
  readonly evaluate: Evaluator
  /** Gives batch norms the statistics of the whole training set; undefined if the recipe does not ask for it. */
  readonly population: (() => Promise<void>) | undefined
  /** Looks at labels with the weights as they are then; undefined where there are no classes to be scored. */
  readonly doubts: (() => Promise<LabelDoubts>) | undefined
  readonly stepsPerEpoch: number
  /** The learning rate of each step, from 0. */
  readonly rate: Schedule
  /** That of the update before a step, if there was one. */
  readonly rateBefore: (step: number) => number | undefined
}

/** Compiles what a run computes with. The state's parameters move to memory of the training step. */
export async function createEngine({ recipe, prepared, state, compile }: EngineParts): Promise<Engine> {
  const { data, train, optimizer } = prepared
  const { tensors, progress } = state
  const stepsPerEpoch = train.batchesPerEpoch
  const horizon = { steps: recipe.epochs * stepsPerEpoch, stepsPerEpoch }
  const graph = { ...prepared, inputShape: data.inputShape, batchSize: train.batchSize }
  const step = await createTrainStep({
    ...graph,
    ...compile,
    accumulate: recipe.accumulate,
    horizon,
    seed: recipe.seed,
    tensors,
    state: state.optimizer,
  })
  const rate = (at: number, given?: Horizon) => optimizer.rate(at, { ...horizon, ...given })
  return {
    step,
    evaluate: createEvaluator({ ...graph, ...compile, tensors }),
    population: populationOf(prepared, state, compile),
    doubts: doubtsOf(prepared, state, compile),
    stepsPerEpoch,
    rate,
    rateBefore: (at) => (at > 0 ? rate(at - 1, { factor: progress.rateFactor }) : undefined),
  }
}

/** Does a step, or looks on while it is done. */
export interface StepRunner {
  run(step: number, factor: number, occasion: Occasion): Promise<StepResult>
}

/** Hands the step a batch of the epoch under way, and lets `runner` do it. */
export function batchTrainer({ augment }: Prepared, { step }: Engine, runner: StepRunner) {
  return async (batch: Batch, epoch: number, at: number, factor: number): Promise<StepResult> => {
    const { inputs, labels, samples } = batch
    const occasion = { epoch, samples }
    if (augment) augment.copy(inputs, step.inputs.data, occasion)
    else step.inputs.data.set(inputs)
    ;(step.targets.data as Labels).set(labels)
    return runner.run(at, factor, occasion)
  }
}

function populationOf(
  { population, model, optimizer, data }: Prepared,
  { tensors }: RunState,
  compile: CompileOptions,
): Engine['population'] {
  if (!population) return undefined
  const frozen = (name: string) => isFrozen(optimizer, name)
  const { inputShape } = data
  const take = createPopulationStatistics({ ...compile, tensors, model, inputShape, frozen })
  return () => take(population)
}

function doubtsOf(
  { model, data, loss, train, validation }: Prepared,
  { tensors }: RunState,
  compile: CompileOptions,
): Engine['doubts'] {
  if (data.task !== 'classification' || loss.task !== 'classification') return undefined
  const { inputShape, classes } = data
  return () =>
    labelDoubts({ ...compile, tensors, model, inputShape, classes: classes.length, train, validation })
}
