import { type Entry, ensure, Random, stringifyJson } from '../../core/index.ts'
import type { Check } from '../../doctor/check.ts'
import { healthyRuns } from '../../doctor/healthy-runs.ts'
import { RunHistory } from '../../doctor/history.ts'
import type { TrainEvent } from '../../train/index.ts'
import { type Case, casesOf, type Property, runAll } from './case.ts'

/** Made once: the checks must not change them, which is one of the properties. */
function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

const healthy = once(() =>
  Object.entries(healthyRuns()).map(([name, events]) => ({ name, history: RunHistory.of(events) })),
)
const odd = once(() =>
  Object.values(healthyRuns()).flatMap((events) => [...oddForms(events)].map(RunHistory.of)),
)

/** The history that the example called `name` of a check is made of. */
function exampleOf(check: Check, name: string): readonly TrainEvent[] {
  const example = check.examples.find((example) => example.name === name)
  ensure(example, `check ${check.name} has no example "${name}"`)
  return example.events()
}

const fires: Property<Check> = {
  name: 'it finds a warning or a problem in its example',
  check({ make, name }) {
    const check = make()
    const found = check.diagnose(RunHistory.of(exampleOf(check, name)))
    ensure(
      found.some(({ severity }) => severity !== 'fine'),
      `expected a finding, got ${found.length === 0 ? 'none' : 'fine'}`,
    )
  },
}

const silent: Property<Check> = {
  name: 'it finds nothing wrong in healthy runs',
  check({ make }) {
    for (const { name, history } of healthy()) {
      const wrong = make()
        .diagnose(history)
        .find(({ severity }) => severity !== 'fine')
      ensure(!wrong, `in "${name}" it finds: ${wrong?.title}`)
    }
  },
}

const robust: Property<Check> = {
  name: 'it never throws: not for empty, cut, thinned or spoiled histories',
  check({ make, name }) {
    const check = make()
    expectSound(check, RunHistory.of([]))
    for (const history of odd()) expectSound(check, history)
    for (const events of oddForms(exampleOf(check, name))) expectSound(check, RunHistory.of(events))
  },
}

const sound: Property<Check> = {
  name: 'what it says is complete: a title, finite evidence, an explanation, at most three suggestions',
  check({ make, name }) {
    const check = make()
    for (const { history } of healthy()) expectSound(check, history)
    expectSound(check, RunHistory.of(exampleOf(check, name)))
  },
}

const deterministic: Property<Check> = {
  name: 'it says the same of the same history, which it does not change',
  check({ make, name }) {
    const check = make()
    const history = RunHistory.of(exampleOf(check, name))
    const before = JSON.stringify(history)
    const first = JSON.stringify(check.diagnose(history))
    ensure(JSON.stringify(check.diagnose(history)) === first, 'asked again, it says something else')
    ensure(JSON.stringify(history) === before, 'it changes the history')
  },
}

/** Fails unless the check answers as a check should. */
function expectSound(check: Check, history: RunHistory): void {
  for (const { severity, title, evidence, explanation, suggestions = [] } of check.diagnose(history)) {
    ensure(title !== '' && !/NaN|undefined|Infinity/.test(title), `it says "${title}"`)
    stringifyJson({ evidence }, `the evidence of "${title}"`)
    if (severity === 'fine') continue
    ensure(explanation && !/NaN|undefined/.test(explanation), `"${title}" is not explained: "${explanation}"`)
    ensure(
      suggestions.length <= 3,
      `"${title}": expected at most three suggestions, got ${suggestions.length}`,
    )
    for (const suggestion of suggestions) {
      ensure(suggestion.title !== '', `"${title}" has a suggestion without a title`)
      stringifyJson({ change: suggestion.change }, `a change for "${title}"`)
    }
  }
}

/** What may become of a log: cut off, in part of another version, with numbers that JSON could not hold. */
function* oddForms(events: readonly TrainEvent[]): Generator<readonly TrainEvent[]> {
  for (const length of [1, 2, 3, 10, Math.floor(events.length / 2)]) yield events.slice(0, length)
  yield events.slice(1)
  for (const type of ['start', 'step', 'epoch', 'statistics', 'evaluation', 'end']) {
    yield events.filter((event) => event.type !== type)
    yield events.filter((event) => event.type === type)
  }
  for (let seed = 0; seed < 3; seed++)
    yield events.map((event, i) => spoiled(event, new Random('spoiled', seed, i)))
}

/** An event in which some numbers are null, and some fields are missing. */
function spoiled<T>(value: T, random: Random): T {
  if (typeof value === 'number') return (random.uniform() < 0.1 ? null : value) as T
  if (Array.isArray(value)) return value.map((part) => spoiled(part, random)) as T
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key]) => key === 'type' || random.uniform() > 0.03)
  return Object.fromEntries(kept.map(([key, part]) => [key, spoiled(part, random)])) as T
}

/** What must hold of every check. */
export const checkProperties: readonly Property<Check>[] = [fires, silent, robust, sound, deterministic]

/** The examples of a check crossed with {@link checkProperties}. */
export const checkCases = (entry: Entry<Check>): Case[] => casesOf(entry, checkProperties)

/**
 * Puts a check of the doctor through its conformance suite: on its examples, on healthy runs, and on spoiled logs.
 * @throws with all that failed.
 */
export const checkCheck = (entry: Entry<Check>): Promise<void> => runAll(checkCases(entry))
