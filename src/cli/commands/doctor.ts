import { existsSync } from 'node:fs'
import { ensure, VERSION } from '../../core/index.ts'
import {
  type Counterfactual,
  diagnose,
  firstTrial,
  type RunHistory,
  readHistory,
  type Trial,
  tryChange,
  verdictOf,
} from '../../doctor/index.ts'
import {
  createRunFolder,
  type Finding,
  openRunFolder,
  type RunFolder,
  terminalProgress,
  writePicture,
} from '../../train/index.ts'
import { heldSettings, recipeFile } from '../held-recipe.ts'
import { recipeOf } from '../plan.ts'
import { wrap } from '../wrap.ts'

export interface DoctorOptions {
  readonly json?: boolean
  readonly try?: boolean
  readonly epochs?: number
  readonly maxSteps?: number
  readonly threads?: number
  readonly out?: string
}

/** `gradus doctor RUN`: what is wrong with a run, and what to try; `--try` tries it. */
export async function doctor(path: string, options: DoctorOptions): Promise<void> {
  const folder = openRunFolder(path)
  ensure(
    existsSync(folder.events.path),
    `${path}: the run has no events.jsonl, so there is nothing to look at`,
  )
  const { history, skipped } = readHistory(folder)
  const findings = diagnose(history)
  const verdict = verdictOf(findings)
  if (!options.json) process.stdout.write(`${formatFindings(findings, verdict, skipped)}\n`)
  const trial = options.try ? firstTrial(findings) : undefined
  const tried = trial && (await tryOut(folder, history, trial, options))
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ run: path, verdict, findings, skippedLines: skipped, ...(tried && { tried }) })}\n`,
    )
  } else if (options.try) {
    process.stdout.write(
      trial ? `\n${formatTrial(tried!)}\n` : '\nnothing to try: no finding suggests a change\n',
    )
  }
}

interface Tried extends Counterfactual {
  /** The folder of the new run. */
  readonly run: string
  readonly files: readonly string[]
}

/** Trains the suggestion in a run folder of its own, beside the original. */
async function tryOut(
  original: RunFolder,
  history: RunHistory,
  trial: Trial,
  options: DoctorOptions,
): Promise<Tried> {
  const settings = heldSettings(original)
  const recipe = await recipeOf(settings, recipeFile(original, settings))
  const folder = createRunFolder({ name: `${recipe.name ?? 'run'}-try`, out: options.out })
  // Without settings: to go on with this run would take the change as well.
  folder.writeRecipe({
    gradus: VERSION,
    original: original.path,
    change: trial.change,
    recipe: { name: recipe.name },
  })
  if (!options.json) process.stdout.write(`\ntrying: ${trial.title}  (${JSON.stringify(trial.change)})\n`)
  const { epochs, maxSteps } = options
  const counterfactual = await tryChange(recipe, history, trial, {
    folder,
    epochs,
    maxSteps: maxSteps ?? settings.maxSteps,
    threads: options.threads ?? settings.threads,
    lowering: settings.lowering,
    dataDir: settings.data,
    sinks: options.json ? [] : [terminalProgress()],
  })
  // Loaded when needed: the charts take half a second.
  const { drawComparison } = await import('../../doctor/comparison-chart.ts')
  const files = await writePicture(folder.file('comparison'), drawComparison(counterfactual))
  return { ...counterfactual, run: folder.path, files }
}

/** Columns of text. */
const WIDTH = 100

function formatFindings(findings: readonly Finding[], verdict: Finding, skipped: number): string {
  const wrong = findings.filter(({ severity }) => severity !== 'fine')
  const notes = skipped > 0 ? [`note     ${skipped} lines of the log could not be read`] : []
  return [...wrong.map(formatFinding), `doctor   ${verdict.title}`, ...notes].join('\n')
}

function formatFinding({
  severity,
  title,
  explanation = '',
  consequences = [],
  suggestions = [],
}: Finding): string {
  const indented = (text: string, lead: string) =>
    wrap(text, WIDTH - lead.length).map((line, i) => `${i === 0 ? lead : ' '.repeat(lead.length)}${line}`)
  return [
    ...indented(title, severity.padEnd(9)),
    ...indented(explanation, '         '),
    ...(consequences.length > 0 ? indented(`explains ${consequences.join(', ')}`, '         ') : []),
    ...suggestions.flatMap((suggestion, i) =>
      indented(suggestion.title, `  ${i === 0 ? 'try: ' : 'or:  '}  `),
    ),
    '',
  ].join('\n')
}

/** The two runs side by side, epoch by epoch. */
function formatTrial({ before, after, better, trial, left, run, files }: Tried): string {
  const last = Math.max(before.length, after.length)
  const cell = (point: Counterfactual['before'][number] | undefined) => {
    const scores = point?.validation ?? point?.train
    if (!scores) return '-'
    const accuracy = scores.accuracy === undefined ? '' : `  ${(scores.accuracy * 100).toFixed(1)}%`
    return `${scores.loss.toPrecision(4)}${accuracy}`
  }
  const rows = Array.from(
    { length: last },
    (_, i) => `${String(i + 1).padStart(5)}  ${cell(before[i]).padEnd(20)}${cell(after[i])}`,
  )
  const verdict =
    better === undefined ? 'neither has scores to compare' : better ? 'that helped' : 'that did not help'
  return [
    `epoch  ${'as it was'.padEnd(20)}changed: ${trial.title}`,
    ...rows,
    `${verdict}   ${run}   ${files[1]}`,
    ...(left.length > 0 ? [`left for you: ${left.join(', ')}`] : []),
  ].join('\n')
}
