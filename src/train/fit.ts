import { announce } from './announce.ts'
import { batchTrainer, createEngine, type Engine, type EngineParts } from './engine.ts'
import { emitter, fanOut, type Untimed, watched } from './events.ts'
import { startFacts } from './facts/start-facts.ts'
import { checkFitOptions, compileOptions, type FitOptions } from './fit-options.ts'
import { type Seams, trainLoop } from './loop.ts'
import { prepare } from './recipe/prepare.ts'
import { checkRecipe, type Recipe } from './recipe/recipe.ts'
import { memoryKeeper } from './run/keeper.ts'
import { checkpointTimer, saver } from './run/saver.ts'
import { freshState, restoredState } from './run/state.ts'
import { Statistics } from './statistics/index.ts'
import { explainNonFinite, report } from './step/provenance.ts'
import { testBest } from './test-best.ts'
import { type Interrupted, resultOf, type Trained } from './trained.ts'

export type { FitOptions } from './fit-options.ts'
export type { Interrupted, Trained } from './trained.ts'

/**
 * Trains a network as a recipe says and evaluates the best epoch's weights on the test split.
 * The result is a function of the recipe: the same seed gives the same bits, also when the run was interrupted and resumed.
 *
 * @throws if the recipe or the data are wrong, if the loss stops being finite, or if a checkpoint cannot be written.
 */
export async function fit(
  recipe: Recipe,
  options?: FitOptions & { readonly signal?: undefined },
): Promise<Trained>
export async function fit(recipe: Recipe, options?: FitOptions): Promise<Trained | Interrupted>
export async function fit(recipe: Recipe, options: FitOptions = {}): Promise<Trained | Interrupted> {
  checkFitOptions(options)
  const checked = checkRecipe(recipe)
  const { resume, keeper = memoryKeeper(), maxSteps, signal } = options
  const prepared = await prepare(checked, options.dataDir, resume, options.preparing)
  const state = resume ? restoredState(checked, prepared, resume) : freshState(checked, prepared)
  const parts = { recipe: checked, prepared, state, compile: compileOptions(options) }
  const { progress } = state
  const engine = await createEngine(parts)
  const emit = emitter(watched(fanOut(...(options.sinks ?? [])), options.watch))
  const facts = await startFacts(checked, prepared, resume ? undefined : state.tensors)
  const parameters = await announce({ recipe: checked, prepared, options, facts, progress, emit })
  // Nobody is told what nobody listens to.
  const isHeard = options.watch !== undefined || (options.sinks?.length ?? 0) > 0
  const save = saver({ state, engine, keeper, emit })
  const seams = { ...stepsOf(parts, engine, isHeard, emit), save, emit }
  if (progress.step === 0) await save('last')
  const { epochs, hooks } = checked
  const units = prepared.targets?.std
  const outcome = await trainLoop(
    progress,
    { loader: prepared.train, epochs, maxSteps, signal, rate: engine.rate, hooks, units },
    { ...seams, checkpointDue: checkpointTimer(options.checkpointSteps) },
  ).finally(() => engine.step.end())
  const result = resultOf(prepared, state, parameters)
  if (outcome === 'interrupted') return { ...result, outcome, test: undefined }
  const test = await testBest({ prepared, state, engine, keeper, withDoubts: isHeard, emit })
  return { ...result, outcome, test }
}

/** What the loop calls to train and to evaluate. */
function stepsOf(
  { recipe, prepared, state, compile }: EngineParts,
  engine: Engine,
  isHeard: boolean,
  emit: (event: Untimed) => Promise<void>,
): Pick<Seams, 'train' | 'evaluate' | 'fail'> {
  const { step, stepsPerEpoch, rateBefore } = engine
  const { tensors, progress } = state
  const sampled = { ...compile, step, tensors, seed: recipe.seed, stepsPerEpoch, progress, emit }
  const sampling = isHeard && recipe.statistics
  const train = batchTrainer(prepared, engine, sampling ? new Statistics({ ...sampled, ...sampling }) : step)
  const { validation } = prepared
  return {
    train: (batch, at, factor) => train(batch, progress.epoch, at, factor),
    evaluate: validation && (() => engine.evaluate(validation)),
    async fail(at, result) {
      const failed = {
        ...result,
        step: at,
        feeds: step.feeds,
        tensors,
        state: step.state,
        rate: rateBefore(at),
      }
      return report(await explainNonFinite(step.graph, failed), at, emit)
    },
  }
}
