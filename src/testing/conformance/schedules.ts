import { type Entry, ensure } from '../../core/index.ts'
import type { Horizon, Schedule } from '../../schedules/index.ts'
import { type Case, casesOf, type Property, runAll } from './case.ts'

/** The run that schedules are tried in: 10 epochs of 20 steps, from a rate of 0.1. */
const run: Horizon = { base: 0.1, steps: 200, stepsPerEpoch: 20 }
const steps = Array.from({ length: run.steps! + 1 }, (_, i) => i)

const valuesOf = (schedule: Schedule) => steps.map((step) => schedule(step, run))

const finite: Property<Schedule> = {
  name: 'a finite number, 0 or more, at every step',
  check({ make }) {
    const values = valuesOf(make())
    const at = values.findIndex((value) => !(Number.isFinite(value) && value >= 0))
    ensure(at < 0, `step ${at}: expected a finite number, 0 or more, got ${values[at]}`)
    ensure(
      values.some((value) => value > 0),
      'it is 0 all the time: nothing would be learned',
    )
  },
}

const pure: Property<Schedule> = {
  name: 'the same number for the same step, in whatever order',
  check({ make }) {
    const schedule = make()
    const forward = valuesOf(schedule)
    for (const step of steps.toReversed()) expectSame(step, schedule(step, run), forward[step]!)
  },
}

const resumes: Property<Schedule> = {
  name: 'a resumed run goes on where it was',
  check({ make }) {
    const whole = valuesOf(make())
    for (const start of [1, 20, 77, 199]) {
      const resumed = make()
      for (const step of steps.slice(start)) expectSame(step, resumed(step, run), whole[step]!)
    }
  },
}

function expectSame(step: number, found: number, expected: number): void {
  ensure(Object.is(found, expected), `step ${step}: it was ${expected} before, now it is ${found}`)
}

/** What must hold of every schedule. */
export const scheduleProperties: readonly Property<Schedule>[] = [finite, pure, resumes]

/** A schedule's examples crossed with {@link scheduleProperties}. */
export const scheduleCases = (entry: Entry<Schedule>): Case[] => casesOf(entry, scheduleProperties)

/**
 * Puts a schedule through its conformance suite, in a run of 200 steps (20 an epoch) from a rate of 0.1.
 * @throws with all that failed.
 */
export const checkSchedule = (entry: Entry<Schedule>): Promise<void> => runAll(scheduleCases(entry))
