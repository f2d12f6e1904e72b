import { copyFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { type DataFileOptions, openDataFile } from '../../../src/data/readers/open-data-file.ts'
import { folderWith } from '../fixtures.ts'
import { failureOf, fixture } from './damage.ts'

const TABLE = 'a;b\n1;x\n2;y\n3;x\n4;y\n'

describe('openDataFile', () => {
  it.each<[string, DataFileOptions, object]>([
    ['stored.npz', {}, { inputShape: [1, 4, 5] }],
    ['stored.npz', { inputs: 'x_train', label: 'y_train', task: 'regression' }, { targets: ['y_train'] }],
    ['arrays.safetensors', { split: { test: 0.4 } }, { classes: ['0', '1'], test: { count: 4 } }],
    ['table-zstd.parquet', { label: 'grade', missing: 'drop' }, { classes: ['high', 'low'] }],
    ['images.parquet', { images: { size: 6 } }, { classes: ['cat', 'dog'], inputShape: [3, 6, 6] }],
  ])('reads %s with %j', async (name, options, expected) => {
    expect(await openDataFile(fixture(name), options)).toMatchObject(expected)
  })

  it.each(['table.csv', 'table.txt', 'TABLE.CSV', 'table.data'])('reads %s', async (name) => {
    const dir = await folderWith({ [name]: TABLE })
    expect(await openDataFile(`${dir}/${name}`, { label: 'b' })).toMatchObject({ classes: ['x', 'y'] })
  })

  it('splits .tsv at tabs alone, and looks into files before it believes their names', async () => {
    const dir = await folderWith({ 'a.tsv': TABLE.replaceAll(';', ',') })
    expect((await failureOf(() => openDataFile(`${dir}/a.tsv`, { label: 'b' }))).message).toMatch(
      /columns: a,b/,
    )
    await copyFile(fixture('table-none.parquet'), `${dir}/b.csv`)
    expect(await openDataFile(`${dir}/b.csv`, { label: 'grade', missing: 'drop' })).toMatchObject({
      name: 'b',
    })
  })

  it.each<[string, DataFileOptions, RegExp]>([
    [fixture('version1.npy'), {}, /expected inputs and labels, found one array\n.*np.savez/],
    [fixture('none.csv'), {}, /none.csv: expected a readable file, found nothing/],
    [fixture(''), {}, /expected a readable file, found a directory/],
    [fixture('../tables.py'), {}, /expected a file of data .*, found the ending ".py"/],
    [
      fixture('quoted.csv'),
      {},
      /expected the column to learn, such as label: 'kind' \(--label kind\)\n {2}columns: name, note, with comma, size, kind/,
    ],
    [fixture('quoted.csv'), { images: {} }, /unknown option of a file of the kind csv "images"/],
    [fixture('stored.npz'), { missing: 'drop' }, /unknown option of a file of the kind npz "missing"/],
  ])('says what is wrong with %s and %j', async (path, options, message) => {
    expect((await failureOf(() => openDataFile(path, options))).message).toMatch(message)
  })

  it('says what to do with a spreadsheet', async () => {
    const dir = await folderWith({ 'a.xlsx': 'PK\x03\x04....' })
    expect((await failureOf(() => openDataFile(`${dir}/a.xlsx`))).message).toMatch(
      /found a spreadsheet\n {2}save it as CSV/,
    )
  })

  it.each([
    ['photos.zip', /found an archive\n {2}unpack it/],
    ['photos.tar.gz', /found an archive\n {2}unpack it/],
    ['1.jpg', /found a picture\n {2}point at the folder/],
    ['table', /found a name without an ending/],
  ])('says what to do with %s', async (name, message) => {
    const dir = await folderWith({ [name]: 'PK\x03\x04....'.slice(name === 'photos.zip' ? 0 : 4) })
    expect((await failureOf(() => openDataFile(`${dir}/${name}`))).message).toMatch(message)
  })
})
