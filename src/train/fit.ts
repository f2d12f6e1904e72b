import { availableParallelism } from 'node:os'
import { ensure, ensureKnownOptions, type Tensor } from '../core/index.ts'
import type { Dataset, Labels, Loader } from '../data/index.ts'
import { type Loss, summary } from '../nn/index.ts'
import { isFrozen } from '../optim/index.ts'
import type { CompileOptions } from '../runtime/index.ts'
import type { Horizon } from '../schedules/index.ts'
import { atomicWrite } from './atomic-write.ts'
import type { Checkpoint } from './checkpoint.ts'
import { createEvaluator, type Evaluator } from './evaluate.ts'
import { emitter, fanOut, type Scores, type Sink, type Untimed, type Watcher, watched } from './events.ts'
import { exportOnnx } from './export.ts'
import { type Keeper, type Kind, memoryKeeper } from './keeper.ts'
import { type LabelDoubts, labelDoubts } from './label-doubts.ts'
import { layerFacts } from './layer-facts.ts'
import { type Progress, type Seams, trainLoop } from './loop.ts'
import { createPopulationStatistics, type PopulationOptions } from './population-statistics.ts'
import { type Prepared, prepare, type Sides } from './prepare.ts'
import { explainNonFinite, explainState, report } from './provenance.ts'
import { type CheckedRecipe, checkRecipe, type Recipe } from './recipe.ts'
import { type StartFacts, startFacts } from './start-facts.ts'
import { checkpointOf, freshState, type RunState, restoredState } from './state.ts'
import { Statistics } from './statistics/index.ts'
import { createTrainStep, type TrainStep } from './step.ts'

export interface FitOptions extends CompileOptions {
  /** Names the run in events; default: the recipe's name or the data set's. */
  readonly run?: string
  /** Where checkpoints go; by default only the best weights are kept, in memory. */
  readonly keeper?: Keeper
  /** The state to go on from. */
  readonly resume?: Checkpoint
  /** What watches the run. */
  readonly sinks?: readonly Sink[]
  /** What looks at the run and says what it found out, such as `liveDoctor()`; the sinks get that as events. */
  readonly watch?: Watcher
  /** The folder with the data, for recipes that ask for it. */
  readonly dataDir?: string
  /** Stop after this many steps in all. */
  readonly maxSteps?: number
  /** Write a checkpoint every so many steps, besides those after each epoch; default: every minute. */
  readonly checkpointSteps?: number
  /** Ends the run early, after the step under way and with a checkpoint. */
  readonly signal?: AbortSignal
}

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

/** A network whose training was stopped by the signal that {@link fit} was given. */
export interface Interrupted extends Result {
  readonly outcome: 'interrupted'
  readonly test: undefined
}

/** Time between checkpoints within an epoch, in milliseconds. */
const SAVE_INTERVAL = 60_000

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
  checkOptions(options)
  const checked = checkRecipe(recipe)
  const { resume, keeper = memoryKeeper(), maxSteps, signal } = options
  const prepared = await prepare(checked, options.dataDir, resume)
  const state = resume ? restoredState(checked, prepared, resume) : freshState(checked, prepared)
  const { progress, tensors } = state
  const { stepsPerEpoch, horizon } = lengthOf(checked, prepared.train)
  const graph = { ...prepared, inputShape: prepared.data.inputShape, batchSize: prepared.train.batchSize }
  const compile = { threads: options.threads, lowering: options.lowering }
  const step = await createTrainStep({
    ...graph,
    ...compile,
    optimizer: prepared.optimizer,
    accumulate: checked.accumulate,
    horizon,
    seed: checked.seed,
    tensors,
    state: state.optimizer,
  })
  const evaluate = createEvaluator({ ...graph, ...compile, tensors })
  const population = populationOf(prepared, { ...compile, tensors })
  const emit = emitter(watched(fanOut(...(options.sinks ?? [])), options.watch))
  const facts = await startFacts(checked, prepared, resume ? undefined : tensors)
  const parameters = await announce(checked, prepared, { ...options, facts }, progress, stepsPerEpoch, emit)
  const finished = whyFinished(progress, checked.epochs, maxSteps)
  if (resume && finished) await emit({ type: 'notice', step: progress.step, message: finished })
  const rateAt = (at: number, given?: Horizon) => prepared.optimizer.rate(at, { ...horizon, ...given })
  const rateBefore = (at: number) => (at > 0 ? rateAt(at - 1, { factor: progress.rateFactor }) : undefined)
  // Nobody is told what nobody listens to.
  const isHeard = options.watch !== undefined || (options.sinks?.length ?? 0) > 0
  const sampling = isHeard && checked.statistics
  const sampled = { ...compile, step, tensors, seed: checked.seed, stepsPerEpoch, progress, emit }
  const watchedStep = sampling ? new Statistics({ ...sampled, ...sampling }) : step
  const save = saver({ state, step, keeper, emit, rateBefore })
  if (progress.step === 0) await save('last')

  const outcome = await trainLoop(
    progress,
    {
      loader: prepared.train,
      epochs: checked.epochs,
      maxSteps,
      signal,
      rate: rateAt,
      hooks: checked.hooks,
    },
    {
      async train({ inputs, labels, samples }, at, factor) {
        const occasion = { epoch: progress.epoch, samples }
        if (prepared.augment) prepared.augment.copy(inputs, step.inputs.data, occasion)
        else step.inputs.data.set(inputs)
        ;(step.targets.data as Labels).set(labels)
        return watchedStep.run(at, factor, occasion)
      },
      evaluate: prepared.validation && (() => evaluate(prepared.validation!)),
      async fail(at, result) {
        const { feeds, state } = step
        const failed = { ...result, step: at, feeds, tensors, state, rate: rateBefore(at) }
        return report(await explainNonFinite(step.graph, failed), at, emit)
      },
      save,
      checkpointDue: checkpointTimer(options.checkpointSteps),
      emit,
    },
  ).finally(() => step.end())
  const toOnnx = () => exportOnnx(onnxOptions(prepared, tensors))
  const { data, loss, samples } = prepared
  const result = { tensors, progress, parameters, data, loss, samples, toOnnx, export: exporter(toOnnx) }
  if (outcome === 'interrupted') return { ...result, outcome, test: undefined }
  const doubts = isHeard ? doubtsOf(prepared, { ...compile, tensors }) : undefined
  const test = await testBest(prepared.test, {
    tensors,
    keeper,
    population,
    evaluate,
    doubts,
    progress,
    emit,
  })
  return { ...result, outcome, test }
}

const optionNames: Readonly<Record<keyof FitOptions, true>> = {
  run: true,
  keeper: true,
  resume: true,
  sinks: true,
  watch: true,
  dataDir: true,
  maxSteps: true,
  checkpointSteps: true,
  signal: true,
  threads: true,
  lowering: true,
}

function checkOptions(options: FitOptions): void {
  ensureKnownOptions('fit', options, Object.keys(optionNames))
  for (const name of ['maxSteps', 'checkpointSteps'] as const) {
    const steps = options[name]
    ensure(
      steps === undefined || (Number.isInteger(steps) && steps > 0),
      `${name}: expected a whole number of steps, at least 1, got ${steps}`,
    )
  }
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

const exporter = (toOnnx: () => Uint8Array) => async (path: string) => atomicWrite(path, [toOnnx()])

/** How long the run is, for schedules. */
function lengthOf(
  { epochs }: CheckedRecipe,
  { batchesPerEpoch }: Loader,
): { stepsPerEpoch: number; horizon: Horizon } {
  return {
    stepsPerEpoch: batchesPerEpoch,
    horizon: { steps: epochs * batchesPerEpoch, stepsPerEpoch: batchesPerEpoch },
  }
}

/** Emits the start event and what the person should know; returns the number of parameters. */
async function announce(
  recipe: CheckedRecipe,
  { data, model, notices, train, validation, test }: Prepared,
  { run, resume, threads = availableParallelism(), facts }: FitOptions & { readonly facts: StartFacts },
  { step }: Progress,
  stepsPerEpoch: number,
  emit: (event: Untimed) => Promise<void>,
): Promise<number> {
  const { parameters, multiplyAdds } = summary(model, data.inputShape)
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
    stepsPerEpoch,
    device: 'cpu',
    threads,
    seed: recipe.seed,
    ...facts,
  })
  for (const message of notices) await emit({ type: 'notice', step, message })
  return parameters
}

interface SaverParts {
  readonly state: RunState
  readonly step: TrainStep
  readonly keeper: Keeper
  readonly emit: (event: Untimed) => Promise<void>
  /** The learning rate of the update before a step, if there was one. */
  readonly rateBefore: (step: number) => number | undefined
}

function saver({ state, step, keeper, emit, rateBefore }: SaverParts): Seams['save'] {
  const { progress } = state
  const [began, earlier] = [performance.now(), progress.seconds]
  return async (kind: Kind) => {
    const held = { tensors: state.tensors, state: step.state, rate: rateBefore(progress.step) }
    const failure = explainState(held, progress.step)
    if (failure) await report(failure, progress.step, emit)
    progress.seconds = earlier + (performance.now() - began) / 1000
    const path = keeper.save(kind, checkpointOf(state, step.state))
    if (path) await emit({ type: 'checkpoint', step: progress.step, kind, path, epoch: progress.epoch })
  }
}

function checkpointTimer(everySteps: number | undefined): Seams['checkpointDue'] {
  let last = performance.now()
  return (step) => {
    if (everySteps !== undefined) return step % everySteps === 0
    const now = performance.now()
    const due = now - last > SAVE_INTERVAL
    if (due) last = now
    return due
  }
}

/** What gives batch norms the statistics of the whole training set; undefined if the recipe does not ask for it. */
function populationOf(
  { population, model, optimizer, data }: Prepared,
  options: Pick<PopulationOptions, 'tensors' | 'threads' | 'lowering'>,
): (() => Promise<void>) | undefined {
  if (!population) return undefined
  const frozen = (name: string) => isFrozen(optimizer, name)
  const take = createPopulationStatistics({ ...options, model, inputShape: data.inputShape, frozen })
  return () => take(population)
}

/** What looks at labels with the weights as they are then; undefined where there are no classes to be scored. */
function doubtsOf(
  { model, data, loss, train, validation }: Prepared,
  options: Pick<PopulationOptions, 'tensors' | 'threads' | 'lowering'>,
): (() => Promise<LabelDoubts>) | undefined {
  if (data.task !== 'classification' || loss.task !== 'classification') return undefined
  const { inputShape, classes } = data
  return () => labelDoubts({ ...options, model, inputShape, classes: classes.length, train, validation })
}

interface TestParts {
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly keeper: Keeper
  readonly population: (() => Promise<void>) | undefined
  readonly evaluate: Evaluator
  readonly doubts: (() => Promise<LabelDoubts>) | undefined
  readonly progress: Progress
  readonly emit: (event: Untimed) => Promise<void>
}

/** Goes back to the best weights and evaluates them on the test split. */
async function testBest(
  test: Loader,
  { tensors, keeper, population, evaluate, doubts, progress, emit }: TestParts,
): Promise<Scores> {
  const best = keeper.loadBest()
  ensure(best, 'the checkpoint of the best epoch is gone; it was written during this run')
  for (const [name, held] of tensors)
    (held.data as Float32Array).set(best.tensors.get(name)!.data as Float32Array)
  await population?.()
  const started = performance.now()
  const scores = await evaluate(test)
  const epoch = progress.best?.epoch ?? progress.epoch
  const seconds = (performance.now() - started) / 1000
  const samples = test.samplesPerEpoch
  const told = { scores, samples, seconds, ...(doubts && { doubts: await doubts() }) }
  await emit({ type: 'evaluation', step: progress.step, split: 'test', epoch, ...told })
  return scores
}

const onnxOptions = ({ model, preprocessing, data }: Prepared, tensors: ReadonlyMap<string, Tensor>) => ({
  model,
  tensors,
  normalizer: preprocessing.normalizer,
  inputShape: data.inputShape,
  metadata: {
    ...(data.task === 'classification'
      ? { 'gradus.classes': JSON.stringify(data.classes) }
      : { 'gradus.targets': JSON.stringify(data.targets) }),
    'gradus.inputRange': JSON.stringify(data.inputRange),
    ...(data.fit && { 'gradus.fit': JSON.stringify(data.fit) }),
    'gradus.data': data.name,
  },
})
