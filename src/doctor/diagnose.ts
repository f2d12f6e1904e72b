import { catalog } from '../core/index.ts'
import type { Finding } from '../train/index.ts'
import type { Check } from './check.ts'
import type { RunHistory } from './history.ts'

/** All checks that are loaded. */
export const checks = (): readonly Check[] =>
  catalog('check').map(({ examples }) => examples[0]!.make() as Check)

const ranks = { problem: 0, warning: 1, fine: 2 } as const

/**
 * What is wrong with a run, and what is well: the worst first. What follows from something else that was found is not
 * said again: where the loss diverged, nobody needs to hear that the units died of it.
 * @param using the checks to ask; by default all that are loaded.
 */
export function diagnose(history: RunHistory, using: readonly Check[] = checks()): Finding[] {
  const found = using.flatMap((check) =>
    check.diagnose(history).map((diagnosis) => ({ check, finding: { check: check.name, ...diagnosis } })),
  )
  const active = new Set(found.filter(({ finding }) => finding.severity !== 'fine').map(({ check }) => check))
  const explained = consequencesOf(active)
  return found
    .map(({ finding }) => finding)
    .filter(({ check, severity }) => severity === 'fine' || !explained.has(check))
    .sort((a, b) => ranks[a.severity] - ranks[b.severity])
}

/** Names of the checks whose findings follow from those of others; of two that explain each other the first counts. */
function consequencesOf(active: ReadonlySet<Check>): Set<string> {
  const explained = new Set<string>()
  for (const check of active) {
    if (explained.has(check.name)) continue
    for (const name of check.explains) explained.add(name)
  }
  return explained
}
