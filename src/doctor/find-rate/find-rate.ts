import { ensure, ensureKnownOptions } from '../../core/index.ts'
import { givenRate } from '../../optim/index.ts'
import type { CompileOptions } from '../../runtime/index.ts'
import { checkRecipe, prepare, type Recipe } from '../../train/index.ts'
import { type Clear, intervalOf, type Judgment, judge, type Span, smooth, type Why } from './judge.ts'
import { Sweeper, type SweepPoint } from './sweep.ts'

export interface FindRateOptions extends CompileOptions {
  /** The folder with the data, for recipes that ask for it. */
  readonly dataDir?: string
  /** Sweeps with other first weights and other batches. Default: 3. */
  readonly seeds?: number
  /** Steps of a sweep, at least 30. Default: 150. */
  readonly steps?: number
  /** The rate of the first step, at which nothing should happen yet. Default: 1e-5. */
  readonly from?: number
  /** The rate of the last step, at which training should have diverged. Default: 10. */
  readonly to?: number
  /** Told of every step. */
  readonly watch?: (progress: RateProgress) => void
  /** Ends the search early: with an error. */
  readonly signal?: AbortSignal
}

export interface RateProgress extends SweepPoint {
  /** From 0. */
  readonly sweep: number
  /** Share of all steps that are done, at most 1. */
  readonly done: number
  readonly secondsLeft: number
}

/** The losses of one sweep. */
export interface RateCurve {
  readonly points: readonly SweepPoint[]
  /** The same, smoothed. */
  readonly smooth: readonly SweepPoint[]
  /** Where the loss fell fastest and where training diverged; absent if the sweep tells nothing. */
  readonly steepest?: number
  readonly diverges?: number
  readonly suggestion?: number
}

interface Searched {
  readonly data: string
  readonly model: string
  readonly optimizer: string
  readonly batchSize: number
  /** What the recipe has; absent if it follows a schedule of its own. */
  readonly given?: number
  readonly curves: readonly RateCurve[]
  readonly seconds: number
}

/** Rates that suit a recipe. */
export interface RateFound extends Searched {
  readonly outcome: 'found'
  /** From the steepest descent to a tenth of where training diverges, the smaller first, so that it holds those of all sweeps. */
  readonly interval: readonly [lower: number, upper: number]
  /** The middle between the two, in logarithms, and the mean of that over the sweeps. */
  readonly suggestion: number
  /** Sweeps that agree: at least two of three. Noise of small batches can lead one astray, which then does not count. */
  readonly agreeing: number
  /** How many times larger the largest suggestion of those is than the smallest: 1 is full agreement. */
  readonly spread: number
  /** What a person should know about the answer. */
  readonly note?: string
}

/** No answer, and why. */
export interface RateUnclear extends Searched {
  readonly outcome: 'unclear'
  readonly reason: string
  /** What to do. */
  readonly advice: string
}

export type RateAnswer = RateFound | RateUnclear

/** Sweeps contradict each other if their suggestions are further from the one in the middle than by this factor. */
const AGREEMENT = 3.2

/**
 * Looks for a learning rate by the range test: the rate grows by a factor from step to step, and the loss first falls, then diverges.
 * ```ts
 * const answer = await findRate(recipe)
 * if (answer.outcome === 'found') console.log(answer.suggestion)
 * ```
 * The optimizer is the recipe's, so is the batch size; its schedule does not count. Everything happens in memory: neither the
 * recipe nor any run is changed. The suggestion is one for the height of a schedule, or to start from; a long run with a constant rate may want a
 * smaller one.
 * @throws if the recipe is wrong, its data cannot be had, an option is out of range, or `signal` aborts.
 * Source: Smith, Cyclical Learning Rates for Training Neural Networks, 2017, section 3.3.
 */
export async function findRate(recipe: Recipe, options: FindRateOptions = {}): Promise<RateAnswer> {
  const { dataDir, seeds, steps, from, to, watch, ...rest } = checkOptions(options)
  const began = performance.now()
  const checked = checkRecipe(recipe)
  const prepared = await prepare({ ...checked, schedule: undefined }, dataDir)
  const { signal, threads, lowering } = rest
  const sweeper = await Sweeper.create(checked, prepared, { from, to, steps, signal, threads, lowering })
  const sweeps = await sweepAll(sweeper, { seeds, steps, watch })
  const span = { steps, decades: Math.log10(to / from) }
  const judgments = sweeps.map((points) => judge(points, span))
  const given = givenRate(checked.optimizer)
  return {
    data: prepared.data.name,
    model: prepared.model.type,
    optimizer: checked.optimizer.name,
    batchSize: prepared.train.batchSize,
    ...(typeof given === 'number' ? { given } : {}),
    curves: sweeps.map((points, i) => curveOf(points, judgments[i]!, span)),
    seconds: (performance.now() - began) / 1000,
    ...answerOf(judgments, { from, to }),
  }
}

interface Plan extends Pick<FindRateOptions, 'watch'> {
  readonly seeds: number
  readonly steps: number
}

/** One sweep after the other, telling how far they are. */
async function sweepAll(sweeper: Sweeper, { seeds, steps, watch }: Plan): Promise<SweepPoint[][]> {
  const began = performance.now()
  const sweeps: SweepPoint[][] = []
  let taken = 0
  try {
    for (let sweep = 0; sweep < seeds; sweep++) {
      let at = 0
      const tell = (point: SweepPoint) => {
        at++
        taken++
        const perStep = (performance.now() - began) / 1000 / taken
        const done = (sweep * steps + at) / (seeds * steps)
        watch?.({ ...point, sweep, done, secondsLeft: perStep * ((seeds - sweep) * steps - at) })
      }
      sweeps.push(await sweeper.run(sweep, tell))
    }
  } finally {
    sweeper.end()
  }
  return sweeps
}

function curveOf(points: readonly SweepPoint[], judgment: Judgment, span: Span): RateCurve {
  const curve = { points, smooth: smooth(points, span) }
  if (!judgment.isClear) return curve
  const { steepest, diverges, suggestion } = judgment
  return { ...curve, steepest, diverges, suggestion }
}

type Answer =
  | Pick<RateFound, 'outcome' | 'interval' | 'suggestion' | 'agreeing' | 'spread' | 'note'>
  | Pick<RateUnclear, 'outcome' | 'reason' | 'advice'>

interface Range {
  readonly from: number
  readonly to: number
}

/** What several sweeps tell together. */
function answerOf(judgments: readonly Judgment[], range: Range): Answer {
  const clear = judgments.filter((judgment): judgment is Clear => judgment.isClear)
  if (isFew(clear.length, judgments.length)) {
    const silent = judgments.flatMap((judgment) => (judgment.isClear ? [] : [judgment.why]))
    return { outcome: 'unclear', ...reasons(mostFrequent(silent), range) }
  }
  const middle = clear.map(({ suggestion }) => suggestion).toSorted((a, b) => a - b)[clear.length >> 1]!
  const near = clear.filter(({ suggestion: own }) => Math.max(own / middle, middle / own) <= AGREEMENT)
  if (isFew(near.length, judgments.length))
    return {
      outcome: 'unclear',
      reason: `the sweeps contradict each other: ${clear.map(({ suggestion }) => brief(suggestion)).join(', ')}`,
      advice: 'take larger batches, more steps (--steps 300) or more sweeps (--seeds 7)',
    }
  const suggestions = near.map(({ suggestion }) => suggestion)
  const intervals = near.map(intervalOf)
  return {
    outcome: 'found',
    interval: [
      brief(Math.min(...intervals.map(([lower]) => lower))),
      brief(Math.max(...intervals.map(([, upper]) => upper))),
    ],
    suggestion: brief(center(suggestions)),
    agreeing: near.length,
    spread: brief(Math.max(...suggestions) / Math.min(...suggestions)),
    ...(near.every(({ comesBack }) => comesBack) ? { note: COMES_BACK } : {}),
  }
}

/** Whether so many sweeps are less than two of three. */
const isFew = (count: number, all: number) => count * 3 < all * 2

const COMES_BACK =
  'the loss comes back after it has diverged, as with norms: after a warm-up, much larger rates may do as well'

/** Two digits: nobody knows a rate better. */
const brief = (rate: number): number => Number(rate.toPrecision(2))

/** The mean of the logarithms, back in rates. */
const center = (rates: readonly number[]): number =>
  Math.exp(rates.reduce((sum, rate) => sum + Math.log(rate), 0) / rates.length)

const mostFrequent = (whys: readonly Why[]): Why =>
  whys.toSorted((a, b) => whys.filter((w) => w === b).length - whys.filter((w) => w === a).length)[0]!

function reasons(why: Why, { from, to }: Range): { readonly reason: string; readonly advice: string } {
  const answers: Readonly<Record<Why, { readonly reason: string; readonly advice: string }>> = {
    flat: {
      reason: `the loss does not fall clearly at any rate from ${from} to ${to}`,
      advice: 'check the model first (gradus check), or take larger batches and more steps (--steps 300)',
    },
    stable: {
      reason: `training does not diverge at any rate up to ${to}`,
      advice: `go on to larger rates: --to ${brief(to * 100)}`,
    },
    early: {
      reason: `the loss falls fastest at the smallest rates, near ${from}`,
      advice: `begin with smaller rates: --from ${brief(from / 1000)}`,
    },
    broken: {
      reason: `the loss is not finite, or explodes, from the smallest rates on`,
      advice: 'check the model first (gradus check)',
    },
  }
  return answers[why]
}

const known = ['dataDir', 'seeds', 'steps', 'from', 'to', 'watch', 'signal', 'threads', 'lowering']

function checkOptions(options: FindRateOptions) {
  ensureKnownOptions('findRate', options, known)
  const { seeds = 3, steps = 150, from = 1e-5, to = 10 } = options
  const isWhole = (n: number, least: number) => Number.isInteger(n) && n >= least
  ensure(isWhole(seeds, 1), `findRate: expected a whole number of seeds, at least 1, got ${seeds}`)
  ensure(isWhole(steps, 30), `findRate: expected a whole number of steps, at least 30, got ${steps}`)
  ensure(
    from > 0 && to >= 100 * from && to < Number.POSITIVE_INFINITY,
    `findRate: expected rates over at least two decades, 0 < from and 100 from <= to, got ${from} to ${to}`,
  )
  return { ...options, seeds, steps, from, to, signal: options.signal }
}
