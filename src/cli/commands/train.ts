import { existsSync, rmSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { ensure, VERSION } from '../../core/index.ts'
import { liveDoctor } from '../../doctor/index.ts'
import {
  checkRecipe,
  createRunFolder,
  expectLog,
  jsonLines,
  logSink,
  openRunFolder,
  type Recipe,
  type RunFolder,
  terminalProgress,
  trainRun,
} from '../../train/index.ts'
import { heldSettings, recipeFile } from '../held-recipe.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { findSource, recipeOf } from '../plan.ts'
import { preparingProgress } from '../preparing-progress.ts'
import { continueSettings, type Given, type Settings } from '../settings.ts'
import { whileShown } from '../show-run.ts'

export interface TrainOptions extends Omit<Given, 'source' | 'kind'> {
  readonly out?: string
  readonly resume?: string
  readonly json?: boolean
  /** Shows the run in a browser. */
  readonly ui?: boolean
}

/** A run that is ready to begin, or to go on. */
interface Plan {
  readonly recipe: Recipe
  readonly settings: Settings
  readonly folder: RunFolder
}

/** `gradus train [what]`: trains, shows how it goes, and leaves a run folder. */
export async function train(what: string | undefined, options: TrainOptions): Promise<void> {
  const { json, resume, ui } = options
  for (const name of options.log ?? []) expectLog(name)
  const { recipe, settings, folder } = await (resume === undefined
    ? start(what, options)
    : goOn(what, { ...options, resume }))
  const interrupt = listenForInterrupt(() => {
    // A terminal has shown ^C in the line where it was.
    const start = process.stderr.isTTY ? '\n' : ''
    process.stderr.write(`${start}stopping after this step; once more stops at once\n`)
  })
  try {
    const run = () =>
      trainRun(recipe, folder, {
        sinks: [
          json ? jsonLines() : terminalProgress(),
          ...[...new Set(settings.log)].map((name) => logSink(name, folder.path)),
        ],
        watch: liveDoctor(),
        preparing: preparingProgress(),
        signal: interrupt.signal,
        resume: resume !== undefined,
        dataDir: settings.data,
        maxSteps: settings.maxSteps,
        threads: settings.threads,
        checkpointSteps: settings.checkpointSteps,
        lowering: settings.lowering,
      })
    const { outcome } = await (ui ? whileShown(folder.path, run) : run())
    if (outcome === 'interrupted') process.exitCode = interrupt.exitCode
  } catch (error) {
    // A run that did not come to its first event leaves nothing worth keeping.
    if (resume === undefined && !existsSync(folder.events.path))
      rmSync(folder.path, { recursive: true, force: true })
    throw error
  } finally {
    interrupt.dispose()
  }
}

async function start(what: string | undefined, options: TrainOptions): Promise<Plan> {
  ensure(
    what !== undefined,
    'train: expected a data set or a recipe file, got nothing',
    'for example: gradus train digits',
    'to go on with a run: gradus train --resume runs/digits-1',
  )
  const { source, kind } = findSource(what)
  const settings = { ...given(options), source, kind, lowering: options.lowering !== false }
  const recipe = await recipeOf(settings)
  const folder = createRunFolder({ name: recipe.name ?? source, out: options.out })
  keepRecipe(folder, recipe, settings)
  return { recipe, settings, folder }
}

async function goOn(what: string | undefined, options: TrainOptions & { resume: string }): Promise<Plan> {
  const { out, resume } = options
  ensure(out === undefined, '--out: a run that goes on (--resume) stays in its folder', 'leave --out out')
  const folder = openRunFolder(resume)
  const held = heldSettings(folder)
  ensure(
    held.folds === undefined,
    `${resume}: expected a run, found a cross-validation, which begins anew each time`,
  )
  const source = what === undefined ? {} : findSource(what)
  const settings = continueSettings(held, { ...given(options), ...source }, resume)
  const recipe = await recipeOf(settings, recipeFile(folder, settings))
  folder.expectFree()
  keepRecipe(folder, recipe, settings)
  return { recipe, settings, folder }
}

/** The options that are settings, and were given. */
export function given({
  out: _,
  resume: __,
  json: ___,
  ui: ____,
  data,
  lowering,
  ...rest
}: TrainOptions): Given {
  return {
    ...rest,
    data: data === undefined ? undefined : resolve(data),
    // Commander fills in true where nothing was said.
    lowering: lowering === false ? false : undefined,
  }
}

/** Writes down what the run is: what was asked for, and what that came to. */
export function keepRecipe(folder: RunFolder, recipe: Recipe, settings: Settings): void {
  const { name, optimizer, loss, epochs, batchSize, seed, validation } = checkRecipe(recipe)
  const facts = {
    optimizer: optimizer.name,
    loss: typeof loss === 'function' ? 'made from the labels' : loss?.name,
    epochs,
    batchSize,
    seed,
  }
  const content = { gradus: VERSION, settings, recipe: { name, ...facts, validation } }
  // The copy of a recipe file stays as it was when the run began.
  const isNew = settings.kind === 'file' && !existsSync(folder.file(`recipe${extname(settings.source)}`))
  folder.writeRecipe(content, isNew ? settings.source : undefined)
}
