import { ensure, register } from '../core/index.ts'
import type { Finding, Json, TrainEvent } from '../train/index.ts'
import type { RunHistory } from './history.ts'

/** What a check says; which check it is, is known. */
export interface Diagnosis extends Omit<Finding, 'check' | 'consequences'> {
  /** Names of checks whose findings follow from this one, besides those that the check always explains. */
  readonly explains?: readonly string[]
}

/** A made-up run that shows what a check is for. */
export interface CheckExample {
  /** Such as `a fifth of the units`. */
  readonly name: string
  readonly events: () => readonly TrainEvent[]
}

/** Looks for one symptom in a run. */
export interface Check {
  readonly name: string
  /**
   * Names of checks whose findings are consequences of this one's: they are left out where this one has found a warning
   * or a problem.
   */
  readonly explains: readonly string[]
  /** Whether what it finds is told at once while the run goes on; by default it must last for two epochs. */
  readonly sure: boolean
  /** What it finds; nothing if it cannot tell. Never throws, whatever the history lacks. */
  diagnose(history: RunHistory): readonly Diagnosis[]
  /** Runs in which it must find a warning or a problem. */
  readonly examples: readonly CheckExample[]
}

/** What the author of a check writes. */
export interface CheckSpec extends Pick<Check, 'diagnose'>, Partial<Pick<Check, 'explains' | 'sure'>> {}

/** What the catalog says of a check. */
export interface CheckAbout {
  /** One sentence: what it finds. */
  readonly doc: string
  /** Authors, title, year. */
  readonly source?: string
  readonly examples: readonly CheckExample[]
}

/**
 * Makes a check and puts it in the catalog, where the doctor, `gradus list` and the conformance suite find it.
 * ```ts
 * export const tooShort = defineCheck(
 *   'too-short',
 *   { diagnose: ({ losses }) => (losses.length < 10 ? [{ severity: 'warning', title: 'fewer than 10 steps', ... }] : []) },
 *   { doc: 'A run of a few steps.', examples: [{ name: 'one step', events: () => madeUpRun({ steps: 1 }) }] },
 * )
 * ```
 */
export function defineCheck(name: string, spec: CheckSpec, { examples, ...about }: CheckAbout): Check {
  ensure(/^[a-z-]+$/.test(name), `check "${name}": expected a name of small letters and hyphens`)
  const check: Check = { name, explains: [], sure: false, ...spec, examples }
  const made = examples.map((example) => ({ name: example.name, make: () => check }))
  register<Check>({ kind: 'check', name, ...about, examples: made })
  return check
}

/** A number as evidence: with four digits, and never one that JSON cannot hold. */
export const evidence = (value: number | undefined): Json =>
  value !== undefined && Number.isFinite(value) ? Number(value.toPrecision(4)) : null
