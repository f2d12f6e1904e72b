import { ensure, ensureKnownOptions, unknownName } from '../../core/index.ts'
import { backtracking, type LineSearch, strongWolfe } from './line-search.ts'
import { defineMinimizer } from './minimizer.ts'
import { dot, minus, negated, norm, type Point, plus } from './objective.ts'

export interface SearchOptions {
  /** How far to go along a direction. Default: wolfe, the strong Wolfe conditions. */
  readonly search?: 'wolfe' | 'backtracking'
}

const searches: Record<string, LineSearch> = { wolfe: strongWolfe, backtracking }

function searchOf(method: string, { search = 'wolfe' }: SearchOptions): LineSearch {
  const found = searches[search]
  if (!found) throw unknownName(`line search of ${method}`, search, Object.keys(searches))
  return found
}

/** Whether a step has shown positive curvature; only such steps can enter an approximation that stays positive. */
const isCurved = (step: Float64Array, change: Float64Array) =>
  dot(step, change) > 1e-10 * norm(step) * norm(change)

/** The largest problem whose matrix BFGS keeps: 4,096 numbers, 128 MiB. */
const LARGEST = 4096

/**
 * BFGS (Broyden, Fletcher, Goldfarb and Shanno, 1970): keeps an approximation of the inverse of the second derivatives, made
 * from the gradients of all steps. For problems of up to 4,096 numbers; beyond that {@link lbfgs}.
 */
export const bfgs = defineMinimizer(
  'bfgs',
  (options: SearchOptions = {}) => {
    ensureKnownOptions('bfgs', options, ['search'])
    const search = searchOf('bfgs', options)
    return {
      start(size) {
        ensure(
          size <= LARGEST,
          `bfgs: expected a function of at most ${LARGEST} numbers, got ${size}`,
          'use lbfgs(), which keeps no matrix',
        )
        let inverse: Float64Array[] | undefined
        return {
          search,
          async direction({ gradient }) {
            if (!inverse) return { along: negated(gradient), first: 1 / Math.max(1, norm(gradient)) }
            return { along: negated(times(inverse, gradient)), first: 1 }
          },
          learn(from, to) {
            const [step, change] = [minus(to.x, from.x), minus(to.gradient, from.gradient)]
            if (!isCurved(step, change)) return
            // Before the first update: the curvature that the first step has shown, in all directions.
            inverse ??= diagonal(size, dot(step, change) / dot(change, change))
            update(inverse, step, change)
          },
        }
      },
    }
  },
  {
    doc: 'BFGS: Newton steps with second derivatives that are estimated from the gradients of all steps.',
    source: 'Broyden; Fletcher; Goldfarb; Shanno, 1970',
    examples: [
      { name: 'strong Wolfe', args: [] },
      { name: 'backtracking', args: [{ search: 'backtracking' }] },
    ],
  },
)

const diagonal = (size: number, value: number) =>
  Array.from({ length: size }, (_, i) => {
    const row = new Float64Array(size)
    row[i] = value
    return row
  })

const times = (matrix: readonly Float64Array[], v: Float64Array) =>
  Float64Array.from(matrix, (row) => dot(row, v))

/** H + (1 + y'Hy / s'y) ss' / s'y - (s y'H + Hy s') / s'y, in place. */
function update(inverse: readonly Float64Array[], s: Float64Array, y: Float64Array): void {
  const hy = times(inverse, y)
  const scale = 1 / dot(s, y)
  const own = (1 + dot(y, hy) * scale) * scale
  inverse.forEach((row, i) => {
    const [si, hyi] = [s[i]!, hy[i]!]
    for (let j = 0; j < row.length; j++) row[j]! += own * si * s[j]! - scale * (si * hy[j]! + hyi * s[j]!)
  })
}

export interface LbfgsOptions extends SearchOptions {
  /** How many steps are remembered, at least 1. Default: 10. */
  readonly history?: number
}

/**
 * L-BFGS (Liu and Nocedal, 1989): as BFGS, with the gradients of the last steps only and without a matrix, so that it is
 * for problems of any size.
 */
export const lbfgs = defineMinimizer(
  'lbfgs',
  (options: LbfgsOptions = {}) => {
    ensureKnownOptions('lbfgs', options, ['search', 'history'])
    const { history = 10 } = options
    const search = searchOf('lbfgs', options)
    ensure(
      Number.isInteger(history) && history > 0,
      `lbfgs: expected a whole number of steps to remember (\`history\`), at least 1, got ${history}`,
    )
    return {
      start() {
        const pairs: Pair[] = []
        return {
          search,
          async direction({ gradient }) {
            const first = pairs.length > 0 ? 1 : 1 / Math.max(1, norm(gradient))
            return { along: negated(inverseTimes(pairs, gradient)), first }
          },
          learn(from: Point, to: Point) {
            const [step, change] = [minus(to.x, from.x), minus(to.gradient, from.gradient)]
            if (!isCurved(step, change)) return
            pairs.push({ step, change, scale: 1 / dot(step, change) })
            if (pairs.length > history) pairs.shift()
          },
        }
      },
    }
  },
  {
    doc: 'L-BFGS: BFGS from the last few steps, for problems of any size.',
    source: 'Liu and Nocedal, On the limited memory BFGS method for large scale optimization, 1989',
    examples: [
      { name: 'defaults', args: [] },
      { name: '3 steps, backtracking', args: [{ history: 3, search: 'backtracking' }] },
    ],
  },
)

interface Pair {
  readonly step: Float64Array
  readonly change: Float64Array
  /** 1 / step'change */
  readonly scale: number
}

/** The approximate inverse of the second derivatives times a vector, by two passes over the pairs, newest first and last. */
function inverseTimes(pairs: readonly Pair[], v: Float64Array): Float64Array {
  const last = pairs.at(-1)
  if (!last) return v
  let rest: Float64Array = v
  const shares = [...pairs].reverse().map(({ step, change, scale }) => {
    const share = scale * dot(step, rest)
    rest = plus(rest, change, -share)
    return share
  })
  const size = 1 / (last.scale * dot(last.change, last.change))
  let result: Float64Array = rest.map((x) => size * x)
  pairs.forEach(({ step, change, scale }, i) => {
    result = plus(result, step, shares[pairs.length - 1 - i]! - scale * dot(change, result))
  })
  return result
}
