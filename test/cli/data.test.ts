import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderOf, plain, redAndBlue } from '../data/images/support.ts'
import { gradus, temporaryFolder } from './support.ts'

const folder = temporaryFolder()

describe('gradus data', () => {
  it('tells what is in the digits', async () => {
    const { code, stdout } = await gradus(folder, 'data', 'digits')
    expect(code).toBe(0)
    expect(stdout).toContain('samples     1,437 train / 360 test, 8x8x1, 10 classes\n')
    expect(stdout).toMatch(/classes {5}0: 142\/36, 1: 145\/37/)
    expect(stdout).toContain('duplicates  none\n')
    const { stdout: json } = await gradus(folder, 'data', 'digits', '--json')
    expect(JSON.parse(json)).toMatchObject({ name: 'digits', files: [] })
  })

  it('draws a folder of pictures, and leaves out what is none', async () => {
    const root = await folderOf({
      ...(await redAndBlue(12)),
      'red/broken.png': 'text',
      'red/large.png': await plain([1, 2, 3], { width: 40, height: 30 }),
    })
    const { code, stdout, stderr } = await gradus(
      folder,
      'data',
      root,
      '--augment',
      'standard',
      '--out',
      'sheets',
      '--size',
      '16',
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(
      `note        1 of the pictures cannot be decoded and was left out: ${join(root, 'red/broken.png')}\n`,
    )
    for (const name of ['samples.png', 'augment-standard.png'])
      expect(existsSync(join(folder, 'sheets', name))).toBe(true)
  })

  it('says what is wrong', async () => {
    const failure = async (...args: string[]) => (await gradus(folder, 'data', ...args)).stderr
    expect(await failure('digitz')).toContain('error: unknown data set "digitz"; did you mean "digits"?')
    expect(await failure('digits', '--augment', 'standart', '--out', 'x')).toContain(
      'unknown policy "standart"; did you mean "standard"?',
    )
    expect(existsSync(join(folder, 'x'))).toBe(false)
  })
})

describe('gradus data TABLE', () => {
  it('calls rows and columns by what they are in the file', async () => {
    const rows = Array.from(
      { length: 200 },
      (_, i) => `${i % 2 ? 5 : -5}.${1000 + i},7,${i === 42 ? 'odd' : i % 2 ? 'odd' : 'even'}`,
    )
    const root = await folderOf({ 'rows.csv': ['size,constant,kind', ...rows, rows[3]!].join('\n') })
    const { code, stdout } = await gradus(folder, 'data', join(root, 'rows.csv'), '--label', 'kind')
    expect(code).toBe(0)
    expect(stdout).toContain('features    nearly constant: constant (7 in 100.0%)\n')
    expect(stdout).toMatch(/duplicates {2}1 of the \w+ samples is [^;]*;\s+such\s+as line \d+ and line \d+/)
  })
})

describe('gradus train FOLDER', () => {
  it('trains on pictures without a recipe, and predicts one', async () => {
    const root = await folderOf(await redAndBlue(30))
    const { code, stdout, stderr } = await gradus(
      folder,
      'train',
      root,
      '--epochs',
      '4',
      '--json',
      '--out',
      'colors',
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({
      outcome: 'finished',
      testAccuracy: 1,
    })
    const predicted = await gradus(folder, 'predict', 'colors', join(root, 'blue/3.png'))
    expect(predicted.stdout).toMatch(/3\.png {3}blue \d/)
    const more = await gradus(folder, 'train', '--resume', 'colors', '--epochs', '5', '--json')
    expect(JSON.parse(more.stdout.trim().split('\n').at(-1)!)).toMatchObject({
      outcome: 'finished',
      epochs: 5,
    })
  })
})
