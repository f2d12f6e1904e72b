import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { failureOf, inProcess, temporaryFolder } from './support.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)

const rows = Array.from({ length: 60 }, (_, i) => [
  i % 9 === 0 ? '' : (i * 37) % 50,
  (i * 11) % 17,
  `street ${i % 4}`,
  (i * 37) % 50 < 25 ? 'low' : 'high',
])
writeFileSync(at('homes.csv'), ['size,age,street,kind', ...rows].map((row) => `${row}\n`).join(''))

const gradus = inProcess()

describe('--ignore and --missing', () => {
  const table = [at('homes.csv'), '--label', 'kind']
  const asked = ['--ignore', 'street', '--missing', 'mean']

  it('say how a table is read, also when the run goes on, is evaluated and predicts', async () => {
    await gradus('train', ...table, ...asked, '--epochs', '2', '--json', '--out', at('run'))
    expect(JSON.parse(readFileSync(at('run/recipe.json'), 'utf8')).settings).toMatchObject({
      ignore: ['street'],
      missing: 'mean',
    })
    const more = await gradus('train', '--resume', at('run'), ...asked, '--epochs', '3', '--json')
    expect(more).toContain('"outcome":"finished"')
    expect(more).toContain('"inputShape":[2]')
    expect(JSON.parse(await gradus('evaluate', at('run'), '--json')).samples).toBe(12)
    writeFileSync(at('new.csv'), 'age,size\n3,\n')
    expect(await gradus('predict', at('run'), at('new.csv'))).toMatch(/^line 2 {3}(low|high) /)
  })

  it('are those of the run', async () => {
    const resume = (...args: string[]) => failureOf('train', '--resume', at('run'), ...args)
    expect(await resume('--ignore', 'age')).toContain('was started with street, got age')
    expect(await resume('--missing', 'skip')).toContain('was started with mean, got skip')
  })

  it('say how a table is looked at and checked', async () => {
    expect(await gradus('data', ...table, '--ignore', 'street,age')).toContain(
      '42 train / 11 test, 1 features',
    )
    expect(await gradus('data', ...table, ...asked)).toContain('48 train / 12 test, 2 features')
    expect(await failureOf('data', ...table, '--missing', 'stop')).toContain('expected a value, found none')
    const checked = await gradus('check', ...table, ...asked, '--checks', 'inputs', '--json')
    expect(JSON.parse(checked.trim().split('\n').at(-1)!)).toMatchObject({ type: 'summary', problem: 0 })
  })

  it('are for tables', async () => {
    expect(await failureOf('train', 'digits', '--missing', 'mean')).toContain('--missing: a known data set')
    expect(await failureOf('data', 'digits', '--ignore', 'x')).toContain('it would have no effect')
    expect(await failureOf('train', folder, '--ignore', 'x')).toContain('found a folder')
    expect(await failureOf('train', ...table, '--ignore', 'a,,b')).toContain('names separated by commas')
  })
})
