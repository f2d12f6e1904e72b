import { accepted, isHit } from './faults.ts'
import type { CaseResult, Found } from './run-case.ts'

/** How often something happened, and of how many. */
export interface Count {
  readonly hits: number
  readonly of: number
}

/** What the runs of the clinic say of the doctor. */
export interface Score {
  readonly runs: number
  readonly healthy: number
  /** Share of the planted faults that were found. */
  readonly recall: number
  /** Findings of severity `problem` on healthy runs, those that were withdrawn included; there must be none. */
  readonly falseAlarms: number
  /** Warnings on healthy runs. */
  readonly falseWarnings: number
  /** Share of the runs with faults whose first suggestion can be applied in which it brings the loss down. */
  readonly firstSuggestionHelps: number
  readonly tried: number
  readonly perFault: Readonly<Record<string, Count>>
  /** From what was planted (`healthy` for nothing) to how often each check found something then. */
  readonly confusion: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** Counts what came of the runs. Shares of nothing are 1: there is nothing that was missed. */
export function scoreOf(results: readonly CaseResult[]): Score {
  const healthy = results.filter(({ planted }) => planted.length === 0)
  const alarms = healthy.flatMap(({ found, withdrawn }) => [...found, ...withdrawn])
  const perFault = recallByFault(results)
  const counts = Object.values(perFault)
  const trials = results.flatMap(({ trial }) => trial ?? [])
  return {
    runs: results.length,
    healthy: healthy.length,
    recall: share(sum(counts.map(({ hits }) => hits)), sum(counts.map(({ of }) => of))),
    falseAlarms: ofSeverity(alarms, 'problem'),
    falseWarnings: ofSeverity(alarms, 'warning'),
    firstSuggestionHelps: share(trials.filter(({ helps }) => helps).length, trials.length),
    tried: trials.length,
    perFault,
    confusion: confusionOf(results),
  }
}

/** What of a case was planted and not found. */
export const missedIn = ({ planted, found }: CaseResult): string[] =>
  planted.filter(
    (fault) =>
      !isHit(
        fault,
        found.map(({ check }) => check),
      ),
  )

function recallByFault(results: readonly CaseResult[]): Record<string, Count> {
  const counts: Record<string, { hits: number; of: number }> = {}
  for (const result of results) {
    const missed = missedIn(result)
    for (const fault of result.planted) {
      counts[fault] ??= { hits: 0, of: 0 }
      counts[fault].of++
      if (!missed.includes(fault)) counts[fault].hits++
    }
  }
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => a.localeCompare(b)))
}

function confusionOf(results: readonly CaseResult[]): Record<string, Record<string, number>> {
  const rows: Record<string, Record<string, number>> = {}
  for (const { planted, found } of results) {
    const name = planted.length === 0 ? 'healthy' : planted.join(' + ')
    rows[name] ??= {}
    const row = rows[name]
    const names = found.length === 0 ? ['nothing'] : found.map(({ check }) => check)
    for (const check of new Set(names)) row[check] = (row[check] ?? 0) + 1
  }
  return rows
}

/** Whether a finding is of what was planted, or stands for it. */
export const belongsTo = (check: string, planted: readonly string[]): boolean =>
  planted.some((fault) => fault === check || (accepted[fault] ?? []).some((other) => other.check === check))

const ofSeverity = (findings: readonly Found[], severity: Found['severity']) =>
  findings.filter((finding) => finding.severity === severity).length

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

const share = (part: number, whole: number) => (whole === 0 ? 1 : part / whole)
