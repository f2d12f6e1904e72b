import { ensure, ensureKnownOptions, GradusError, type JsonObject } from '../core/index.ts'
import { defineHook, type EpochReport } from './hook.ts'

export interface PatienceOptions {
  /** Epochs without progress that are put up with, 0 or more: it happens at the next one. Default: 10. */
  readonly patience?: number
  /** By what share the score must improve to count as progress, 0 or more. Default: 1e-4. */
  readonly threshold?: number
  /** The score to watch, of the validation samples if there are any, else of the training samples. Default: loss. */
  readonly watch?: 'loss' | 'accuracy'
  /** Epochs at the start of the run that do not count, such as those of a warm-up. Default: 0. */
  readonly after?: number
}

/** The best score so far, and the epochs since. */
interface Waiting extends JsonObject {
  readonly best?: number
  readonly bad: number
}

const names = ['patience', 'threshold', 'watch', 'after']

/** Checks the options; from a report and a state to the next state. */
function waiting(hook: string, options: PatienceOptions, more: readonly string[] = []) {
  ensureKnownOptions(hook, options, [...names, ...more])
  const { patience = 10, threshold = 1e-4, watch = 'loss', after = 0 } = options
  expectWhole(hook, 'patience', patience)
  expectWhole(hook, 'after', after)
  ensure(threshold >= 0 && threshold < Infinity, `${hook}: expected a threshold, 0 or more, got ${threshold}`)
  ensure(
    watch === 'loss' || watch === 'accuracy',
    `${hook}: expected watch: 'loss' or 'accuracy', got ${watch}`,
  )
  const isBetter = (score: number, { best }: Waiting) => {
    // Not NaN, and nothing that a checkpoint could not hold.
    if (!Number.isFinite(score)) return false
    if (best === undefined) return true
    return watch === 'loss' ? score < best * (1 - threshold) : score > best * (1 + threshold)
  }
  return {
    patience,
    watch,
    next<S extends Waiting>(report: EpochReport, state: S): S {
      const score = scoreOf(hook, report, watch)
      if (report.epoch <= after) return state
      return isBetter(score, state) ? { ...state, best: score, bad: 0 } : { ...state, bad: state.bad + 1 }
    },
  }
}

export function expectWhole(hook: string, what: string, value: number): void {
  ensure(
    Number.isInteger(value) && value >= 0,
    `${hook}: expected ${what}, a whole number of epochs, 0 or more, got ${value}`,
  )
}

function scoreOf(hook: string, { validation, train }: EpochReport, watch: string): number {
  const scores = validation ?? train
  const score = scores[watch]
  if (score !== undefined) return score
  throw new GradusError(`${hook}: the run has no ${watch}`, [
    `watch one of ${Object.keys(scores).join(', ')}`,
  ])
}

const epochs = (count: number) => (count === 1 ? '1 epoch' : `${count} epochs`)

export interface PlateauOptions extends PatienceOptions {
  /** What the rate is divided by, above 1: 2, 5 and 10 are usual. Default: 10. */
  readonly by?: number
  /** Epochs after a reduction that do not count. Default: 0. */
  readonly cooldown?: number
}

interface Plateau extends Waiting {
  /** Epochs left that do not count. */
  readonly rest: number
  readonly reductions: number
}

/**
 * Divides the learning rate when the score has stopped improving, as PyTorch's `ReduceLROnPlateau` does. It works on top
 * of a schedule: its factor multiplies what the schedule says, so a warm-up goes on as planned (leave it out of the
 * count with `after`), and a decay goes on from the smaller rate.
 */
export const reduceOnPlateau = defineHook(
  'reduceOnPlateau',
  (options: PlateauOptions = {}) => {
    const { by = 10, cooldown = 0 } = options
    const { patience, watch, next } = waiting('reduceOnPlateau', options, ['by', 'cooldown'])
    ensure(by > 1 && by < Infinity, `reduceOnPlateau: expected a divisor (\`by\`) above 1, got ${by}`)
    expectWhole('reduceOnPlateau', 'cooldown', cooldown)
    const state: Plateau = { bad: 0, rest: 0, reductions: 0 }
    return {
      state,
      afterEpoch(report, held) {
        let state = next(report, held)
        if (state.rest > 0) state = { ...state, rest: state.rest - 1, bad: 0 }
        if (state.bad <= patience) return { state }
        const reductions = state.reductions + 1
        return {
          state: { ...state, bad: 0, rest: cooldown, reductions },
          rateFactor: 1 / by,
          message: `no better ${watch} for ${epochs(state.bad)}: the learning rate is divided by ${by}`,
        }
      },
    }
  },
  {
    doc: 'Divides the learning rate when the score has stopped improving.',
    examples: [
      { name: 'by 10', args: [] },
      { name: 'by 2, soon', args: [{ by: 2, patience: 2, cooldown: 1 }] },
    ],
  },
)

/**
 * Ends the run when the score has stopped improving. The result is that of the best epoch, as always.
 */
export const earlyStopping = defineHook(
  'earlyStopping',
  (options: PatienceOptions = {}) => {
    const { patience, watch, next } = waiting('earlyStopping', options)
    const state: Waiting = { bad: 0 }
    return {
      state,
      afterEpoch(report, held) {
        const state = next(report, held)
        if (state.bad <= patience) return { state }
        return {
          state,
          stop: true,
          message: `no better ${watch} for ${epochs(state.bad)}: training ends early`,
        }
      },
    }
  },
  {
    doc: 'Ends the run when the score has stopped improving.',
    source: 'Prechelt, Early stopping, but when?, 1998',
    examples: [
      { name: 'defaults', args: [] },
      { name: 'soon', args: [{ patience: 2 }] },
    ],
  },
)
