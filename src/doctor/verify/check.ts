import { setTimeout as pause } from 'node:timers/promises'
import { ensure } from '../../core/index.ts'
import type { Finding, Json } from '../../train/index.ts'
import type { Subject } from './subject.ts'

/** What a check found; its name is added by whoever runs it. */
export type Verdict = Omit<Finding, 'check'>

/** How far a check has come. */
export interface Progress {
  /** Share of the work that is done, 0 to 1. */
  readonly done: number
  /** At most so many seconds are left. */
  readonly secondsLeft: number
  /** What is going on, such as `step 40, loss 0.21`. */
  readonly text: string
}

/** What a check has besides its subject. */
export interface Watch {
  /** Seconds that the check may take, about. */
  readonly seconds: number
  progress(progress: Progress): void
}

/** One thing to look at before training: a record in a file of its own. */
export interface Check {
  /** Such as `initial-loss`. */
  readonly name: string
  /** What it looks at, as a noun: `the loss before training`. */
  readonly title: string
  run(subject: Subject, watch: Watch): Promise<Verdict>
}

/** A number for people: three digits, never more. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const rounded = Number(value.toPrecision(3))
  const size = Math.abs(rounded)
  return rounded !== 0 && (size < 1e-3 || size >= 1e5) ? rounded.toExponential() : String(rounded)
}

/** A number for evidence: four digits; JSON has no other way to say NaN than a text. */
export const measured = (value: number): Json =>
  Number.isFinite(value) ? Number(value.toPrecision(4)) : String(value)

/** Lets others have their turn (ONNX Runtime blocks the thread), and stops if the person asked for it. */
export async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await pause(0)
  ensure(!signal?.aborted, 'the check was stopped')
}
