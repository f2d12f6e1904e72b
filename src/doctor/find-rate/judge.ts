import type { SweepPoint } from './sweep.ts'

/** Decades of rates that the running mean of the loss looks back over, about. */
const MEMORY = 0.24
/** Decades to either side over which a slope is measured. */
const REACH = 0.28
/** Share of the sweep at its beginning in which rates are too small to do anything: there the loss is what it starts from. */
const BEGINNING = 0.15
/** Share of the first loss that it must fall by. */
const FALL = 0.1
/** Standard deviations of the smoothed loss, as noisy as at the beginning, that fall and rise must exceed. */
const CLEAR = 5
/** How far below the rate at which training diverges one that is safe lies. */
const MARGIN = 10

/** What one sweep tells: rates, or why it tells nothing. */
export type Judgment = Clear | { readonly isClear: false; readonly why: Why }

/** A sweep that falls, and then diverges. */
export interface Clear {
  readonly isClear: true
  /** Where the loss falls fastest. */
  readonly steepest: number
  /** Where training diverges. */
  readonly diverges: number
  /** Between the steepest descent and a tenth of where it diverges, in the middle of their logarithms. */
  readonly suggestion: number
  /** Whether the loss, after it has diverged, comes back at larger rates to below where it began: as it can with norms. */
  readonly comesBack: boolean
}

/** Why a sweep tells nothing. */
export type Why = 'flat' | 'stable' | 'early' | 'broken'

/** @param steps of a whole sweep, and @param decades that it goes through: one that diverged is shorter. */
export interface Span {
  readonly steps: number
  readonly decades: number
}

/** How much of the running mean stays from step to step. */
const keptOf = ({ steps, decades }: Span): number => Math.max(0.5, 1 - decades / (MEMORY * steps))

/** What becomes of the standard deviation of independent numbers in their running mean. */
const calming = (span: Span): number => Math.sqrt((1 - keptOf(span)) / (1 + keptOf(span)))

/** The exponential running mean of the losses, corrected for its start (as Adam's moments are). */
export function smooth(points: readonly SweepPoint[], { steps, decades }: Span): SweepPoint[] {
  const beta = keptOf({ steps, decades })
  let mean = 0
  return points.map(({ rate, loss }, i) => {
    mean = beta * mean + (1 - beta) * loss
    return { rate, loss: mean / (1 - beta ** (i + 1)) }
  })
}

/**
 * Where the loss of a sweep first falls fastest, and where it diverges: where it has risen again by half of what it had fallen by,
 * or is a third higher than at first, and does not come back; or where the sweep ended before its time.
 */
export function judge(points: readonly SweepPoint[], span: Span): Judgment {
  const count = Math.max(3, Math.round(BEGINNING * span.steps))
  if (points.length < count) return { isClear: false, why: 'broken' }
  const curve = smooth(points, span)
  const beginning = points.slice(0, count).map(({ loss }) => loss)
  const first = median(beginning)
  const noise = CLEAR * deviation(beginning) * calming(span)
  const needed = Math.max(FALL * Math.abs(first), noise)
  const rises = firstRise(curve, { first, needed, noise, count })
  const before = curve.slice(0, rises ?? curve.length)
  const lowest = indexOfLeast(before.map(({ loss }) => loss))
  if (isEarly(points, curve, { count, least: before[lowest]?.loss ?? first }))
    return { isClear: false, why: 'early' }
  if (!(first - (before[lowest]?.loss ?? first) > needed)) return { isClear: false, why: 'flat' }
  const level = (first + before[lowest]!.loss) / 2
  const diverges =
    staysUp(curve, rises, level) ?? (points.length < span.steps ? points.length - 1 : undefined)
  if (diverges === undefined) return { isClear: false, why: 'stable' }
  const steepest = count + steepestOf(before.slice(count, lowest + 1), span)
  const rates = { steepest: curve[steepest]!.rate, diverges: points[diverges]!.rate }
  const suggestion = Math.sqrt((rates.steepest * rates.diverges) / MARGIN)
  const comesBack = lastBelow(curve, diverges, first) >= 0
  return { isClear: true, ...rates, suggestion, comesBack }
}

/** The interval of good rates that a clear sweep tells. */
export function intervalOf({ steepest, diverges }: Clear): readonly [lower: number, upper: number] {
  const safe = diverges / MARGIN
  return [Math.min(steepest, safe), Math.max(steepest, safe)]
}

/** Whether most of what the loss falls by it has fallen by in the beginning, where nothing should have happened yet. */
function isEarly(
  points: readonly SweepPoint[],
  curve: readonly SweepPoint[],
  { count, least }: { readonly count: number; readonly least: number },
): boolean {
  const start = median(points.slice(0, 3).map(({ loss }) => loss))
  const fall = start - Math.min(least, curve[count - 1]!.loss)
  return fall > FALL * Math.abs(start) && start - curve[count - 1]!.loss > fall / 2
}

interface Levels {
  readonly first: number
  readonly needed: number
  readonly noise: number
  /** Steps of the beginning. */
  readonly count: number
}

function firstRise(
  curve: readonly SweepPoint[],
  { first, needed, noise, count }: Levels,
): number | undefined {
  let least = first
  const at = curve.findIndex(({ loss }, i) => {
    // The mean of few losses is as noisy as they are.
    if (i < count) return false
    least = Math.min(least, loss)
    const fall = first - least
    const back = fall > needed && loss > least + Math.max(0.5 * fall, noise)
    return back || loss > first + Math.max(0.3 * Math.abs(first), noise)
  })
  return at < 0 ? undefined : at
}

/**
 * From where on the loss does not come back below a level, not even for three steps; undefined if it is there at the end.
 *
 * A loss that has risen can come back at larger rates: with batch norms, weights that a few large steps have made large are
 * changed less by all that follow.
 */
function staysUp(curve: readonly SweepPoint[], rises: number | undefined, level: number): number | undefined {
  if (rises === undefined) return undefined
  const back = lastBelow(curve, rises, level)
  if (back < 0) return rises
  return back + 1 < curve.length ? back + 1 : undefined
}

/** The last step from `from` on that ends three below a level; -1 if there is none. */
function lastBelow(curve: readonly SweepPoint[], from: number, level: number): number {
  const areBelow = (i: number) => curve.slice(i - 2, i + 1).every(({ loss }) => loss < level)
  return curve.findLastIndex((_, i) => i >= from + 2 && areBelow(i))
}

/** Where the mean slope over the neighborhood is the least. */
function steepestOf(curve: readonly SweepPoint[], { steps, decades }: Span): number {
  const reach = Math.max(1, Math.round((REACH * steps) / decades))
  const slopes = curve.map((_, i) => {
    const [left, right] = [Math.max(0, i - reach), Math.min(curve.length - 1, i + reach)]
    return left < right ? (curve[right]!.loss - curve[left]!.loss) / (right - left) : 0
  })
  return indexOfLeast(slopes)
}

function indexOfLeast(values: readonly number[]): number {
  let at = 0
  values.forEach((value, i) => {
    if (value < values[at]!) at = i
  })
  return at
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}
