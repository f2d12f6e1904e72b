import { resolve } from 'node:path'
import { type VerifyEvent, verify } from '../../doctor/index.ts'
import { formatSummary, terminalChecks } from '../format-checks.ts'
import { findSource, recipeOf } from '../plan.ts'
import type { Given } from '../settings.ts'

/** What says which recipe is meant. */
export type RecipeOptions = Pick<
  Given,
  'data' | 'size' | 'label' | 'ignore' | 'missing' | 'model' | 'batchSize' | 'seed' | 'threads' | 'lowering'
>

export interface CheckOptions extends RecipeOptions {
  readonly checks?: readonly string[]
  readonly seconds?: number
  readonly json?: boolean
}

/** `gradus check RECIPE|DATA`: looks for mistakes before anything is trained. */
export async function check(what: string, options: CheckOptions): Promise<void> {
  const { json, checks, seconds: limit } = options
  const { recipe, ...rest } = await recipeFor(what, options)
  const show = json ? jsonChecks : terminalChecks()
  const { findings, passed, seconds } = await verify(recipe, {
    ...rest,
    watch: show,
    ...(checks && { checks }),
    ...(limit !== undefined && { seconds: limit }),
  })
  const count = (wanted: string) => findings.filter(({ severity }) => severity === wanted).length
  const counts = { fine: count('fine'), warning: count('warning'), problem: count('problem') }
  const summary = { type: 'summary', passed, ...counts, seconds: Number(seconds.toFixed(2)) }
  process.stdout.write(`${json ? JSON.stringify(summary) : formatSummary(counts, seconds)}\n`)
  if (!passed) process.exitCode = 1
}

/** The recipe that a person means, and how it is to be run. */
export async function recipeFor(what: string, options: RecipeOptions) {
  const { data, size, label, ignore, missing, model, batchSize, seed, threads, lowering } = options
  const asked = { size, label, ignore, missing, model, batchSize, seed }
  const settings = { ...findSource(what), ...asked, lowering: lowering !== false }
  const dataDir = data === undefined ? undefined : resolve(data)
  const recipe = await recipeOf({ ...settings, data: dataDir })
  return {
    recipe,
    lowering: settings.lowering,
    ...(dataDir !== undefined && { dataDir }),
    ...(threads !== undefined && { threads }),
  }
}

/** Events as lines of JSON; how far a check has come is for people. */
function jsonChecks(event: VerifyEvent): void {
  if (event.type !== 'progress') process.stdout.write(`${JSON.stringify(event)}\n`)
}
