import { catalog } from '../core/index.ts'
import type { Finding } from '../train/index.ts'
import type { Check, Diagnosis } from './check.ts'
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
    check.diagnose(history).map((diagnosis) => finding(check, diagnosis)),
  )
  const causes = causesOf(found)
  return found
    .filter(({ check }) => !causes.has(check))
    .map((each) => withConsequences(each, found, causes))
    .sort((a, b) => ranks[a.severity] - ranks[b.severity])
}

interface Found extends Finding {
  readonly explains: readonly string[]
}

const finding = ({ name, explains }: Check, { explains: more = [], ...diagnosis }: Diagnosis): Found => ({
  check: name,
  ...diagnosis,
  explains: [...explains, ...more],
})

/** From the names of checks whose findings follow from others to the name of the check that they follow from in the end. */
function causesOf(found: readonly Found[]): ReadonlyMap<string, string> {
  const causes = new Map<string, string>()
  found.forEach(({ check, severity, explains }, at) => {
    const cause = found.find((other, i) => {
      if (other.severity === 'fine' || other.check === check || !other.explains.includes(check)) return false
      // Of two that explain each other the first counts.
      return i < at || severity === 'fine' || !explains.includes(other.check)
    })
    if (cause) causes.set(check, cause.check)
  })
  const root = (check: string, steps = causes.size): string => {
    const cause = causes.get(check)
    return cause === undefined || steps === 0 ? check : root(cause, steps - 1)
  }
  return new Map([...causes.keys()].map((check) => [check, root(check)]))
}

function withConsequences(
  { explains: _, ...finding }: Found,
  found: readonly Found[],
  causes: ReadonlyMap<string, string>,
): Finding {
  const names = found.filter(
    ({ check, severity }) => severity !== 'fine' && causes.get(check) === finding.check,
  )
  const consequences = [...new Set(names.map(({ check }) => check))]
  return consequences.length === 0 ? finding : { ...finding, consequences }
}
