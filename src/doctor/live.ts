import type { Finding, TrainEvent, Watcher } from '../train/index.ts'
import type { Check } from './check.ts'
import { checks, diagnose } from './diagnose.ts'
import { RunHistory } from './history.ts'

/** What the doctor's last word on a run is filed under. */
export const VERDICT = 'doctor'

/**
 * Watches a run: give it to `fit` or `trainRun` as `watch`. It says what it has found after each epoch, once it is sure
 * (what is known from the start at once, the rest when it has lasted for two epochs), each thing once; and when the run
 * is over, what it thinks of it in a line.
 * ```ts
 * await fit(recipe, { watch: liveDoctor(), sinks: [terminalProgress()] })
 * ```
 * @param using the checks to ask; by default all that are loaded.
 */
export function liveDoctor(using: readonly Check[] = checks()): Watcher {
  const doctor = new LiveDoctor(using)
  return (event) => doctor.look(event)
}

class LiveDoctor {
  readonly #checks: readonly Check[]
  readonly #history = new RunHistory()
  /** What was said, by check and severity. */
  readonly #told = new Set<string>()
  /** What was found after the epoch before. */
  #before = new Set<string>()

  constructor(using: readonly Check[]) {
    this.#checks = using
  }

  look(event: TrainEvent): readonly Finding[] {
    this.#history.add(event)
    switch (event.type) {
      case 'start':
        return this.#tell(this.#wrong().filter((finding) => this.#isSure(finding)))
      case 'epoch':
        return this.#afterEpoch()
      case 'finding':
        // A run that goes on is shown its log, what was said then included.
        this.#told.add(keyOf(event))
        return event.check === 'non-finite' ? this.#tell(this.#wrong()) : []
      case 'evaluation':
        return event.split === 'test' ? [...this.#tell(this.#wrong()), this.#verdict()] : []
      default:
        return []
    }
  }

  #afterEpoch(): Finding[] {
    const found = this.#wrong()
    const lasting = found.filter((finding) => this.#isSure(finding) || this.#before.has(finding.check))
    this.#before = new Set(found.map(({ check }) => check))
    return this.#tell(lasting)
  }

  #wrong(): Finding[] {
    return diagnose(this.#history, this.#checks).filter(({ severity }) => severity !== 'fine')
  }

  #isSure({ check }: Finding): boolean {
    return this.#checks.some(({ name, sure }) => sure && name === check)
  }

  /** Those that were not said yet. */
  #tell(findings: readonly Finding[]): Finding[] {
    const fresh = findings.filter((finding) => !this.#told.has(keyOf(finding)))
    for (const finding of fresh) this.#told.add(keyOf(finding))
    return fresh
  }

  #verdict(): Finding {
    return verdictOf(diagnose(this.#history, this.#checks))
  }
}

/** A warning that becomes a problem is said again. */
const keyOf = ({ check, severity }: Pick<Finding, 'check' | 'severity'>) => `${check} ${severity}`

/** All that was found in a line: what is fine if nothing else was found, else how much there is. */
export function verdictOf(findings: readonly Finding[]): Finding {
  const wrong = findings.filter(({ severity }) => severity !== 'fine')
  if (wrong.length === 0) {
    const fine = findings.map(({ title }) => `${title}: fine.`)
    const title = fine.length > 0 ? fine.join('  ') : 'nothing is wrong, as far as the events tell.'
    return { check: VERDICT, severity: 'fine', title, evidence: { problems: 0, warnings: 0 } }
  }
  const problems = wrong.filter(({ severity }) => severity === 'problem').length
  const warnings = wrong.length - problems
  const counted = [count(problems, 'problem'), count(warnings, 'warning')].filter((text) => text !== '')
  return {
    check: VERDICT,
    severity: problems > 0 ? 'problem' : 'warning',
    title: `${counted.join(', ')}: ${wrong.map(({ check }) => check).join(', ')}`,
    evidence: { problems, warnings, checks: wrong.map(({ check }) => check) },
    more: 'gradus doctor RUN',
  }
}

const count = (n: number, what: string) => (n === 0 ? '' : `${n} ${what}${n === 1 ? '' : 's'}`)
