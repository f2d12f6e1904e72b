import { describe, expect, it } from 'vitest'
import { type OpenOptions, open } from '../../src/data/index.ts'
import { folderWith } from './fixtures.ts'
import { failureOf, fixture } from './readers/damage.ts'

const rows = Array.from({ length: 40 }, (_, i) => [
  i % 7 === 0 ? '' : i / 2,
  `street ${i % 3}`,
  3 * i,
  'ab'[i % 2],
])
const TABLE = ['size,street,age,kind', ...rows.map((row) => row.join(','))].join('\n')

describe('open', () => {
  it('leaves out columns of a table, and treats missing values, as it is told', async () => {
    const dir = await folderWith({ 'a.csv': TABLE })
    const of = (options: OpenOptions) => open(`${dir}/a.csv`, { label: 'kind', ...options })
    const ignored = await of({ ignore: ['size', 'street'] })
    expect(ignored.features!.map(({ name }) => name)).toEqual(['age'])
    expect(ignored.layout!.unused).toEqual(['size', 'street'])
    const filled = await of({ ignore: ['street'], missing: 'mean' })
    expect([filled.inputShape, filled.train.count + filled.test.count]).toEqual([[2], 40])
    const skipped = await of({ missing: 'drop' })
    expect(skipped.train.count + skipped.test.count).toBe(34)
    // What is said of missing values goes before what is said of bad samples.
    expect((await of({ onBad: 'skip' })).train.count).toBe(skipped.train.count)
    expect((await of({ onBad: 'skip', missing: 'mean' })).notices).toContain(
      'missing values of "size" (6) are filled in',
    )
    expect((await failureOf(() => of({}))).message).toMatch(
      /missing: 'drop' \(--missing skip\).*\(--missing mean\)/,
    )
  })

  it('leaves out columns of Parquet', async () => {
    const options: OpenOptions = { label: 'grade', missing: 'drop', ignore: ['color', 'flag', 'small'] }
    // The command line asks for a size that suits pictures, if there are some.
    const data = await open(fixture('table-snappy.parquet'), { ...options, size: 'auto' })
    expect(data.features!.map(({ name }) => name)).toEqual(['wide', 'float', 'double'])
  })

  it('says what is wrong with what it is told', async () => {
    const dir = await folderWith({ 'a.csv': TABLE })
    const fails = async (path: string, options: OpenOptions) =>
      (await failureOf(() => open(path, options))).message
    const table = `${dir}/a.csv`
    expect(await fails(table, { label: 'kind', ignore: ['sise'] })).toMatch(
      /no column "sise"; did you mean "size"\?/,
    )
    expect(await fails(table, { label: 'kind', ignore: ['kind'] })).toMatch(
      /besides the one to learn, got "kind"/,
    )
    expect(await fails(dir, { ignore: ['size'] })).toMatch(/the option "ignore" is for, found a folder/)
    expect(await fails(fixture('stored.npz'), { missing: 'mean' })).toMatch(
      /the option "missing" is for, found a file of arrays/,
    )
  })
})
