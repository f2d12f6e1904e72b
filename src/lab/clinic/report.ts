import type { CaseResult, Found } from './run-case.ts'
import { belongsTo, missedIn, type Score } from './score.ts'

/** 0.953 as `95.3%`. */
const percent = (share: number) => `${(100 * share).toFixed(1)}%`

const named = ({ check, severity }: Found) => (severity === 'problem' ? `${check}!` : check)

/** One line for a person: what was found, and whether that is right. */
export function lineOf(result: CaseResult): string {
  const { name, planted, found, withdrawn, trial, seconds } = result
  const missed = missedIn(result)
  const isAlarm =
    planted.length === 0 && [...found, ...withdrawn].some(({ severity }) => severity === 'problem')
  const mark = missed.length > 0 ? 'MISSED' : isAlarm ? 'ALARM ' : 'ok    '
  const says = found.map(named).join(', ') || 'nothing'
  const taken = withdrawn.length > 0 ? `; withdrawn: ${withdrawn.map(named).join(', ')}` : ''
  const tried = trial
    ? `; ${trial.suggestion}: ${numberOf(trial.before)} -> ${numberOf(trial.after)}${trial.helps ? '' : ' NO HELP'}`
    : ''
  return `${mark} ${name} (${seconds.toFixed(1)} s): ${says}${taken}${tried}`
}

/** The figures for a person. */
export function summaryOf(score: Score, results: readonly CaseResult[]): string {
  const rows = Object.entries(score.perFault).map(
    ([fault, { hits, of }]) => `  ${fault.padEnd(26)} ${hits} of ${of}`,
  )
  const others = strangersIn(results).map(([check, count]) => `${check} ${count}`)
  return [
    `${score.runs} runs, ${score.healthy} of them healthy`,
    `recall ${percent(score.recall)} of the planted faults`,
    ...rows,
    `false alarms on healthy runs: ${score.falseAlarms} problems, ${score.falseWarnings} warnings`,
    `the first suggestion brings the loss down in ${percent(score.firstSuggestionHelps)} of ${score.tried} runs`,
    `besides what was planted: ${others.join(', ') || 'nothing'}`,
  ].join('\n')
}

/** What is found besides what was planted, the most frequent first. */
export function strangersIn(results: readonly CaseResult[]): [check: string, count: number][] {
  const counts = new Map<string, number>()
  for (const { planted, found } of results) {
    for (const { check } of found.filter((finding) => !belongsTo(finding.check, planted)))
      counts.set(check, (counts.get(check) ?? 0) + 1)
  }
  return [...counts].sort(([, a], [, b]) => b - a)
}

const numberOf = (value: number | null) =>
  value === null ? 'not finite' : String(Number(value.toPrecision(3)))
