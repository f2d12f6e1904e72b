import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { preparingProgress } from '../../src/cli/preparing-progress.ts'
import { Random } from '../../src/core/index.ts'
import { fitPreprocess, makeSplit, type PreprocessProgress, pca, standardize } from '../../src/data/index.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => vi.useRealTimers())

/** What is written while a step is told to be done by these shares, a second apart. */
function written(isTTY: boolean, shares: readonly number[]): string {
  let text = ''
  const write = (chunk: string | Uint8Array) => {
    text += chunk
    return true
  }
  const show = preparingProgress({ isTTY, write })
  for (const done of shares) {
    show({ step: 'zca()', done })
    vi.advanceTimersByTime(1000)
  }
  return text
}

it('is a line that changes and goes on a terminal, and one line elsewhere', () => {
  const shares = [0, 0.1, 0.2, 0.5, 1]
  const line = (percent: number, left: string) =>
    `preparing the data: zca()   ${percent}%, about ${left} left`
  expect(written(true, shares)).toBe(`\r\u001b[K${line(20, '8 s')}\r\u001b[K${line(50, '3 s')}\r\u001b[K`)
  expect(written(false, shares)).toBe(`${line(20, '8 s')}\n`)
  expect(written(true, [0, 0.001, 0.002, 1])).toContain('about 3 min left')
})

it('is nothing where nothing takes long', () => {
  expect(written(true, [0, 0.5, 1])).toBe('')
  expect(written(true, [1, 1])).toBe('')
})

it('comes from the steps that take long', async () => {
  const random = new Random('rows')
  const inputs = Float32Array.from({ length: 3000 * 120 }, () => random.normal())
  const split = makeSplit(inputs, new Int32Array(3000), [120])
  const told: PreprocessProgress[] = []
  const watch = (progress: PreprocessProgress) => told.push(progress)
  const steps = standardize().andThen(pca({ components: 5 }))
  const fitted = await fitPreprocess(steps, split, { watch })
  expect(fitted.maps).toEqual((await fitPreprocess(steps, split)).maps)
  expect(told[0]).toEqual({ step: 'standardize()', done: 1 })
  const shares = told.slice(1).map(({ step, done }) => {
    expect(step).toBe('pca({ components: 5 })')
    return done
  })
  expect(shares).toEqual(shares.toSorted((a, b) => a - b))
  // Three blocks of samples, then the eigenvectors.
  expect(shares.length).toBeGreaterThan(10)
  expect(shares.at(-1)).toBe(1)
})
