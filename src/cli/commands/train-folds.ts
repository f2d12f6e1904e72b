import { existsSync, rmSync } from 'node:fs'
import { ensure } from '../../core/index.ts'
import { createRunFolder, crossValidateRun, type FoldEvent, foldsProgress } from '../../train/index.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { findSource, recipeOf } from '../plan.ts'
import { preparingProgress } from '../preparing-progress.ts'
import { given, keepRecipe, type TrainOptions } from './train.ts'

/** `gradus train WHAT --folds 5`: cross-validates, shows how it goes, and leaves a folder with what came out. */
export async function trainFolds(
  what: string | undefined,
  options: TrainOptions & { readonly folds: number },
): Promise<void> {
  const { folds, json, resume, log, ui } = options
  ensure(what !== undefined, '--folds: expected a data set or a recipe file, got nothing', example)
  ensure(resume === undefined, '--folds: folds begin anew each time, so none can be resumed', example)
  ensure(log === undefined && !ui, '--folds: expected no --log and no --ui, which show a single run', example)
  const { source, kind } = findSource(what)
  const settings = { ...given(options), source, kind, lowering: options.lowering !== false }
  const recipe = await recipeOf(settings)
  const folder = createRunFolder({ name: `${recipe.name ?? source}-folds`, out: options.out })
  keepRecipe(folder, recipe, settings)
  const interrupt = listenForInterrupt(() => {
    const start = process.stderr.isTTY ? '\n' : ''
    process.stderr.write(`${start}stopping after this step; once more stops at once\n`)
  })
  try {
    const { validation, files } = await crossValidateRun(recipe, folder, {
      folds,
      sinks: [json ? printLine : foldsProgress()],
      preparing: preparingProgress(),
      dataDir: settings.data,
      maxSteps: settings.maxSteps,
      threads: settings.threads,
      lowering: settings.lowering,
      signal: interrupt.signal,
    })
    if (!json) process.stdout.write(`${files.join('   ')}\n`)
    if (validation.outcome === 'interrupted') process.exitCode = interrupt.exitCode
  } catch (error) {
    // What failed leaves nothing worth keeping: folds begin anew each time.
    if (!existsSync(folder.file('folds.json'))) rmSync(folder.path, { recursive: true, force: true })
    throw error
  } finally {
    interrupt.dispose()
  }
}

const example = 'for example: gradus train digits --folds 5'

const printLine = (event: FoldEvent) => void process.stdout.write(`${JSON.stringify(event)}\n`)
