import type { Scores } from '../events.ts'

/** The mean of each score that all of them have. */
export const meanScores = (all: readonly Scores[]): Record<string, number> =>
  Object.fromEntries(columnsOf(all).map(([name, values]) => [name, meanOf(values)]))

/** The standard deviation of each score over a sample of runs, with n - 1; empty for fewer than two. */
export function spreadOf(all: readonly Scores[]): Record<string, number> {
  if (all.length < 2) return {}
  return Object.fromEntries(
    columnsOf(all).map(([name, values]) => {
      const mean = meanOf(values)
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
      return [name, Math.sqrt(squares / (values.length - 1))]
    }),
  )
}

function columnsOf(all: readonly Scores[]): [name: string, values: number[]][] {
  return Object.keys(all[0] ?? {}).flatMap((name) => {
    const values = all.flatMap((scores) => scores[name] ?? [])
    return values.length === all.length ? [[name, values] as [string, number[]]] : []
  })
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
