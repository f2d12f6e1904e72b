import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  accepted,
  type CaseResult,
  missedIn,
  type Score,
  scoreOf,
  strangersIn,
} from '../../src/lab/clinic/index.ts'
import { code, markdownTable } from './markdown.ts'

const path = fileURLToPath(new URL('../../docs/results/clinic.json', import.meta.url))

/** The seeds that the checks were tuned on; the others draw other widths, depths and rates. */
const TUNED = [0, 1]

/** `docs/clinic.md`, from what `npm run clinic -- --out docs/results/clinic.json` wrote. */
export function clinicPage(): string {
  return `# The clinic

<!-- Made by \`npm run docs\` from docs/results/clinic.json; changes here are lost. -->

How good is the doctor? ${code('npm run clinic')} trains small networks on digits, MNIST, CIFAR-10 and tables made of digits, some
healthy and varied, some with faults that were planted, and compares what the doctor finds with what is there. For each run with
a fault it also applies the first suggestion of the first finding, trains again for as many steps, and compares the validation
loss at the end (where the change is one of the loss itself, the first loss over the test split).

Widths, depths and rates are drawn: each seed is a round of other runs. The checks were tuned on seeds 0 and 1 of the cases
that are not called ${code('held out')}; the rest they had not seen.

${existsSync(path) ? results(JSON.parse(readFileSync(path, 'utf8')) as Written) : 'Not run yet.'}

## What counts as found

The check of the planted fault with a warning or a problem, or one of these in its place:

${markdownTable(
  ['planted', 'accepted', 'because'],
  Object.entries(accepted).flatMap(([fault, others]) =>
    others.map(({ check, because }) => [code(fault), code(check), because]),
  ),
)}
`
}

interface Written {
  readonly results: readonly CaseResult[]
}

function results({ results }: Written): string {
  const isHeldOut = ({ name }: CaseResult) => name.startsWith('held out')
  const groups = {
    'tuned on': results.filter((one) => !isHeldOut(one) && TUNED.includes(one.seed)),
    'other seeds': results.filter((one) => !isHeldOut(one) && !TUNED.includes(one.seed)),
    'other architectures': results.filter(isHeldOut),
    all: results,
  }
  const all = scoreOf(results)
  return `## Figures

${markdownTable(
  [
    'runs',
    'number',
    'healthy',
    'recall',
    'problems on healthy runs',
    'warnings on healthy runs',
    'first suggestion helps',
  ],
  Object.entries(groups).map(([name, group]) => figures(name, scoreOf(group))),
)}

${markdownTable(
  ['fault', 'found', 'of'],
  Object.entries(all.perFault).map(([fault, { hits, of }]) => [code(fault), String(hits), String(of)]),
)}

Besides what was planted, over all runs: ${
    strangersIn(results)
      .map(([check, count]) => `${code(check)} ${count}`)
      .join(', ') || 'nothing'
  }.

## What was found where

${markdownTable(['planted', 'found, and in how many runs'], Object.entries(all.confusion).map(confusionRow))}

## What went wrong

${markdownTable(['run', 'seed', 'found', 'what is wrong'], results.flatMap(faultsOf))}`
}

const percent = (share: number) => `${(100 * share).toFixed(1)}%`

const figures = (name: string, score: Score): string[] => [
  name,
  String(score.runs),
  String(score.healthy),
  percent(score.recall),
  String(score.falseAlarms),
  String(score.falseWarnings),
  `${percent(score.firstSuggestionHelps)} of ${score.tried}`,
]

const confusionRow = ([planted, row]: [string, Readonly<Record<string, number>>]): string[] => [
  planted,
  Object.entries(row)
    .sort(([, a], [, b]) => b - a)
    .map(([check, count]) => `${check} ${count}`)
    .join(', '),
]

/** A row for each run in which the doctor was wrong, or did not help. */
function faultsOf(result: CaseResult): string[][] {
  const { name, seed, planted, found, withdrawn, trial } = result
  const missed = missedIn(result).map((fault) => `missed ${fault}`)
  const alarms =
    planted.length === 0 ? [...found, ...withdrawn].map(({ check, severity }) => `${severity}: ${check}`) : []
  const useless =
    trial && !trial.helps ? [`"${trial.suggestion}" did not help: ${trial.before} to ${trial.after}`] : []
  const wrong = [...missed, ...alarms, ...useless]
  if (wrong.length === 0) return []
  return [[name, String(seed), found.map(({ check }) => check).join(', ') || 'nothing', wrong.join('; ')]]
}
