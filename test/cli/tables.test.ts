import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Random } from '../../src/core/index.ts'
import { failureOf, gradus, jsonLinesOf, start, temporaryFolder } from './support.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)

const random = new Random('tables')
const rows = Array.from({ length: 200 }, () => {
  const [size, age] = [30 + 170 * random.uniform(), 100 * random.uniform()]
  const price = 200_000 + 3000 * size - 500 * age + random.normal(0, 5000)
  return [size.toFixed(1), age.toFixed(1), Math.round(price), price > 450_000 ? 'dear' : 'cheap']
})
writeFileSync(at('houses.csv'), ['size,age,price,kind', ...rows].map((row) => `${row}\n`).join(''))
writeFileSync(
  at('prices.csv'),
  ['size,age,price', ...rows.map((row) => row.slice(0, 3))].map((row) => `${row}\n`).join(''),
)

const lastLine = (text: string) => jsonLinesOf(text).at(-1)!

describe('gradus train TABLE', () => {
  it('learns numbers without a recipe; the run resumes and is evaluated; the table is described', async () => {
    const args = ['train', 'prices.csv', '--label', 'price', '--epochs', '30', '--json']
    const { code, stdout, stderr } = await gradus(folder, ...args)
    expect([code, stderr]).toEqual([0, ''])
    expect(lastLine(stdout)).toMatchObject({ outcome: 'finished', run: 'runs/prices-1', epochs: 30 })
    expect(lastLine(stdout).testR2).toBeGreaterThan(0.97)
    const more = await gradus(folder, 'train', '--resume', 'runs/prices-1', '--epochs', '31', '--json')
    expect(lastLine(more.stdout)).toMatchObject({ outcome: 'finished', epochs: 31 })
    const evaluated = await gradus(folder, 'evaluate', 'runs/prices-1', '--json')
    const { rmse, r2 } = lastLine(evaluated.stdout) as { rmse: number; r2: number }
    const { testRmse, testR2 } = lastLine(more.stdout) as { testRmse: number; testR2: number }
    expect([rmse / testRmse, r2]).toEqual([expect.closeTo(1, 4), expect.closeTo(testR2, 5)])
    const described = await gradus(folder, 'data', 'prices.csv', '--label', 'price')
    expect(described.stdout).toContain('160 train / 40 test, 2 features, 1 number to predict')
  })

  it('learns classes', async () => {
    const args = ['train', 'houses.csv', '--label', 'kind', '--epochs', '20', '--out', 'kinds']
    const { code, stdout } = await gradus(folder, ...args, '--json')
    expect(code).toBe(0)
    expect(lastLine(stdout).testAccuracy).toBeGreaterThan(0.9)
  })

  it('says what is wrong', async () => {
    expect(await failureOf('train', at('prices.csv'))).toMatch(/columns: size, age, price/)
    expect(await failureOf('train', at('prices.csv'), '--label', 'prize')).toMatch(
      /prize.*did you mean "price"/s,
    )
    expect(await failureOf('train', at('prices.csv'), '--label', 'price', '--size', '8')).toMatch(/images/)
  })
})

describe('gradus train --folds', () => {
  it('prints lines of JSON, the last one what came out, and keeps it', async () => {
    const args = ['train', 'prices.csv', '--label', 'price', '--epochs', '3', '--folds', '3', '--json']
    const { code, stdout, stderr } = await gradus(folder, ...args)
    expect([code, stderr]).toEqual([0, ''])
    expect(lastLine(stdout)).toMatchObject({ type: 'folds', outcome: 'finished', folds: 3 })
    expect(lastLine(stdout).results).toHaveLength(3)
    for (const name of ['folds.json', 'folds.png', 'recipe.json'])
      expect(existsSync(at(`runs/prices-folds-1/${name}`))).toBe(true)
    expect(await failureOf('train', '--resume', at('runs/prices-folds-1'))).toContain(
      'found a cross-validation',
    )
  })

  it('ends in order when it is interrupted', async () => {
    const { child, finished, after } = start(
      folder,
      'train',
      'digits',
      '--folds',
      '3',
      '--epochs',
      '2',
      '--json',
    )
    after(1, '"type":"fold"', () => child.kill('SIGINT'))
    const { code, stdout } = await finished
    expect(code).toBe(130)
    expect(lastLine(stdout)).toMatchObject({ type: 'folds', outcome: 'interrupted' })
    expect((lastLine(stdout).results as unknown[]).length).toBeGreaterThanOrEqual(1)
    expect(existsSync(at('runs/digits-folds-1/folds.json'))).toBe(true)
  })

  it('says what is wrong', async () => {
    expect(await failureOf('train', 'digits', '--folds', '1')).toContain(
      '--folds: expected a whole number of at least 2',
    )
    expect(await failureOf('train', 'digits', '--folds', '200', '--out', at('many'))).toContain(
      'take fewer folds',
    )
    expect(existsSync(at('many'))).toBe(false)
    expect(await failureOf('train', 'digits', '--folds', '3', '--ui')).toContain('--ui')
    expect(await failureOf('train', '--folds', '3')).toContain('expected a data set')
  })
})
