import {
  type Entry,
  ensure,
  GradusError,
  type JsonObject,
  parseJson,
  Random,
  stringifyJson,
} from '../../core/index.ts'
import { type EpochReport, type Hook, type HookProgress, runHooks } from '../../train/hook.ts'
import type { Progress } from '../../train/loop.ts'
import { type Case, casesOf, type Property, runAll } from './case.ts'
import { expectSameBits } from './compare.ts'
import { hookedRun, STEPS } from './hooked-run.ts'

/** How the loss goes from epoch to epoch, from 1: what a hook may meet. */
const courses: Readonly<Record<string, (epoch: number) => number>> = {
  'that falls': (epoch) => 1 / epoch,
  'that stops falling': (epoch) => 1 / Math.min(epoch, 9),
  'that rises after a while': (epoch) => 1 + Math.abs(epoch - 12),
  'that jumps about': (epoch) => new Random('course', epoch).uniform(0.5, 1.5),
  'that is not finite for a while': (epoch) => (epoch < 8 ? [Number.NaN, Infinity][epoch % 2]! : 1),
}

/** As many as a hook with its defaults takes to act more than once. */
const EPOCHS = 48

const reportsOf = (lossAt: (epoch: number) => number, validated = true): EpochReport[] =>
  Array.from({ length: EPOCHS }, (_, i) => {
    const loss = lossAt(i + 1)
    const scores = { loss, accuracy: Number.isFinite(loss) ? 1 / (1 + loss) : 0 }
    const rate = 0.1 * Math.min(1, (i + 1) / 5) // with a warm-up
    const best = i === 0 || loss < lossAt(i)
    return {
      epoch: i + 1,
      step: 20 * (i + 1),
      train: scores,
      rate,
      best,
      ...(validated && { validation: scores }),
    }
  })

/** What a hook asks for after each of the reports; if `resumed`, made anew after each, with its state from a checkpoint. */
function decisions(make: () => Hook, reports: readonly EpochReport[], resumed = false) {
  let [hook, progress]: [Hook, HookProgress] = [make(), {}]
  return reports.map((report) => {
    const messages = runHooks([hook], report, progress)
    const { rateFactor = 1, stoppedBy } = progress
    if (resumed) [hook, progress] = [make(), throughJson(progress)]
    return { rateFactor, stoppedBy, messages }
  })
}

function throughJson(progress: HookProgress): HookProgress {
  const text = stringifyJson(progress as JsonObject, 'the state of the hook')
  return parseJson(text, 'the state of the hook') as HookProgress
}

function forEachCourse(check: (reports: readonly EpochReport[]) => void): void {
  for (const [how, lossAt] of Object.entries(courses)) {
    for (const validated of [true, false]) {
      try {
        check(reportsOf(lossAt, validated))
      } catch (error) {
        const about = `a loss ${how}${validated ? '' : ', without validation samples'}`
        const reason = error instanceof Error ? error.message : String(error)
        throw new GradusError(`${about}: ${reason}`, [], { cause: error })
      }
    }
  }
}

const resumes: Property<Hook> = {
  name: 'its state goes through JSON: a run that is resumed after any epoch comes to the same decisions',
  check({ make }) {
    forEachCourse((reports) => {
      const whole = decisions(make, reports)
      const resumed = decisions(make, reports, true)
      for (const [i, decision] of whole.entries()) expectSame(resumed[i], decision, `epoch ${i + 1}`)
    })
  },
}

const pure: Property<Hook> = {
  name: 'a pure function: the same answer to the same report and state, neither of which it changes',
  check({ make }) {
    forEachCourse((reports) => {
      const hook = make()
      let { state } = hook
      for (const report of reports.map(frozen)) {
        const answer = hook.afterEpoch(report, frozen(state))
        expectSame(hook.afterEpoch(report, state), answer, `epoch ${report.epoch}, asked again`)
        state = answer.state
      }
    })
  },
}

const tells: Property<Hook> = {
  name: 'it says so when it changes the rate or ends the run',
  check({ make }) {
    forEachCourse((reports) => {
      const all = decisions(make, reports)
      all.forEach(({ rateFactor, stoppedBy, messages }, i) => {
        const before = all[i - 1] ?? { rateFactor: 1, stoppedBy: undefined }
        const acts = rateFactor !== before.rateFactor || stoppedBy !== before.stoppedBy
        ensure(!acts || messages.length > 0, `epoch ${i + 1}: it acts without a message`)
      })
    })
  },
}

const trains: Property<Hook> = {
  name: 'in a run with warm-up the rate is that of the schedule times its factors, and the run ends when it says so',
  async check({ make }) {
    const planned = (await hookedRun([])).rates
    const { rates, reports, progress } = await hookedRun([make()])
    const hook = make()
    const asked: HookProgress = {}
    for (const report of reports) {
      ensure(!asked.stoppedBy, `epoch ${report.epoch}: the run goes on after the hook ended it`)
      for (const step of rates.keys()) {
        if (Math.ceil((step + 1) / STEPS) !== report.epoch) continue
        const expected = planned[step]! * (asked.rateFactor ?? 1)
        const near = Math.abs(rates[step]! - expected) <= 1e-12 * expected
        ensure(near, `step ${step}: expected a rate of ${expected}, got ${rates[step]}`)
      }
      runHooks([hook], report, asked)
    }
    const { hooks, rateFactor, stoppedBy } = progress
    expectSame({ hooks, rateFactor, stoppedBy }, asked, 'what is left after the run')
  },
}

const resumesTraining: Property<Hook> = {
  name: 'a run that is stopped and resumed, within the warm-up too, ends as one that was not',
  async check({ make }) {
    const whole = await hookedRun([make()])
    const stops = [STEPS + 1, 6 * STEPS, 13 * STEPS + 1]
    const parts = await hookedRun([make()], { stops, make: () => [make()] })
    expectSame(storyOf(parts.progress), storyOf(whole.progress), 'the end of the run')
    for (const [name, tensor] of whole.tensors) expectSameBits(parts.tensors.get(name), tensor, name)
  },
}

const storyOf = ({ epoch, step, hooks, rateFactor, stoppedBy }: Progress) => ({
  epoch,
  step,
  hooks,
  rateFactor,
  stoppedBy,
})

function expectSame(found: unknown, expected: unknown, what: string): void {
  const [a, b] = [found, expected].map((value) => JSON.stringify(value))
  ensure(a === b, `${what}: expected ${b}, got ${a}`)
}

/** A copy that cannot be changed: who tries fails. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  const copy = Array.isArray(value)
    ? value.map(frozen)
    : Object.fromEntries(Object.entries(value).map(([key, part]) => [key, frozen(part)]))
  return Object.freeze(copy) as T
}

/** What must hold of every hook. */
export const hookProperties: readonly Property<Hook>[] = [resumes, pure, tells, trains, resumesTraining]

/** The examples of a hook crossed with {@link hookProperties}. */
export const hookCases = (entry: Entry<Hook>): Case[] => casesOf(entry, hookProperties)

/**
 * Puts a hook through its conformance suite: alone with losses of many kinds, and in small runs.
 * @throws with all that failed.
 */
export const checkHook = (entry: Entry<Hook>): Promise<void> => runAll(hookCases(entry))
