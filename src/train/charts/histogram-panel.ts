import { binOf, type Distribution } from './distribution.ts'

/** The left and the right end of an axis. */
export type Span = readonly [low: number, high: number]

/** An axis that holds all histograms, with 0 in its middle if numbers of both signs are there. */
export function commonSpan(distributions: readonly Distribution[]): Span {
  const low = Math.min(...distributions.map(({ edges }) => edges[0]!))
  const high = Math.max(...distributions.map(({ edges }) => edges.at(-1)!))
  const widest = Math.max(-low, high)
  return low < 0 && high > 0 ? [-widest, widest] : [low, high]
}

/**
 * A histogram over an axis of `count` columns, the highest of height 1. Numbers that are exactly 0 are left out: half of all
 * after a ReLU, they would press the rest flat.
 */
export function columnsOf({ size, zeros, counts, edges }: Distribution, [low, high]: Span, count: number) {
  const columns = new Array<number>(count).fill(0)
  const width = (high - low) / count
  const bins = [...counts]
  if (zeros > 0) bins[binOf(edges, 0)]! -= Math.round(zeros * size)
  bins.forEach((held, i) => {
    if (held === 0) return
    const [from, to] = [(edges[i]! - low) / width, (edges[i + 1]! - low) / width]
    const first = Math.max(0, Math.min(count - 1, Math.floor(from)))
    const last = Math.max(first, Math.min(count - 1, Math.ceil(to) - 1))
    for (let at = first; at <= last; at++) {
      const share = first === last ? 1 : (Math.min(to, at + 1) - Math.max(from, at)) / (to - from)
      columns[at]! += held * share
    }
  })
  const highest = Math.max(...columns)
  return highest > 0 ? columns.map((column) => column / highest) : columns
}

/** `0.63`, `540`, `3.1e-7`: two digits. */
export function shortNumber(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size >= 0.001 && size < 100) return value.toPrecision(2)
  return size >= 100 && size < 1000 ? value.toFixed(0) : value.toExponential(1).replace('e+', 'e')
}

/** `43%`. */
export const percent = (share: number): string => `${Math.round(share * 100)}%`
