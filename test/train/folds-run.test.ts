import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { data, nn, optim, type Recipe } from '../../src/node.ts'
import type { FoldEvent } from '../../src/train/folds/cross-validate.ts'
import { foldCurves } from '../../src/train/folds/fold-curves.ts'
import { foldsProgress, formatCrossValidation } from '../../src/train/folds/folds-progress.ts'
import { crossValidateRun, drawFolds, readFolds } from '../../src/train/folds/folds-run.ts'
import { createRunFolder } from '../../src/train/run/run-folder.ts'
import { clouds } from './pairs-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'gradus-folds-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const recipe: Recipe = {
  data: clouds(90, 10),
  model: nn.linear(6, 3),
  optimizer: optim.adam(0.02),
  epochs: 3,
  batchSize: 16,
}
let made = 0
const newFolder = () => createRunFolder({ name: 'folds', out: join(folder, String(made++)) })

describe('crossValidateRun', () => {
  it('leaves the numbers and a picture, and shows a table', async () => {
    const run = newFolder()
    let shown = ''
    const sinks = [foldsProgress({ write: (text) => (shown += text) })]
    const { validation, files } = await crossValidateRun(recipe, run, { folds: 3, threads: 1, sinks })
    expect(files.map((path) => path.slice(run.path.length + 1))).toEqual([
      'folds.json',
      'folds.svg',
      'folds.png',
    ])
    expect(files.every((path) => existsSync(path))).toBe(true)
    expect(existsSync(run.file('lock'))).toBe(false)
    expect(JSON.parse(readFileSync(files[0]!, 'utf8'))).toEqual(validation)
    const lines = shown.trimEnd().split('\n').slice(-6)
    expect(lines[0]).toBe('fold     train  held out  best epoch       loss   accuracy       time')
    expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual(['1', '2', '3', 'mean', 'std'])
    expect(lines[1]).toMatch(/^1 {11}60 {8}30 /)
    expect(formatCrossValidation(readFolds(run.path)!)).toBe(lines.join('\n'))
    expect(readFolds(folder)).toBeUndefined()
    expect(lines[4]).toContain(`${(validation.mean.accuracy! * 100).toFixed(2)}%`)
  })

  it('tells what is done when it is stopped', async () => {
    for (const last of [0, 1]) {
      const stop = new AbortController()
      const sink = (event: FoldEvent) => void (event.type === 'step' && event.fold > last && stop.abort())
      let shown = ''
      const sinks = [sink, foldsProgress({ write: (text) => (shown += text) })]
      const options = { folds: 3, threads: 1, sinks, signal: stop.signal }
      const { validation, files } = await crossValidateRun(recipe, newFolder(), options)
      expect(validation.results).toHaveLength(last)
      expect(files).toHaveLength(last ? 3 : 1)
      expect(shown).toContain(last ? 'stopped after 1 of 3 folds' : 'stopped before a fold was done')
    }
  })
})

describe('the picture of folds', () => {
  it('has a curve for each, and their mean', async () => {
    const { validation } = await crossValidateRun(recipe, newFolder(), { folds: 3, threads: 1 })
    const curves = foldCurves(validation)
    expect(curves).toMatchObject({ title: 'Validation accuracy of 3 folds', unit: '%', epochs: 3 })
    const [first, second, third] = curves.folds.map((points) => points[1]![1])
    expect(curves.mean[1]).toEqual([2, expect.closeTo((first! + second! + third!) / 3, 9)])
    expect(await drawFolds(validation)).toContain('Validation accuracy of 3 folds')
  })

  it('shows training where nothing is set apart, and errors of numbers', async () => {
    const split = (count: number) =>
      data.makeSplit(
        Float32Array.from({ length: 2 * count }, (_, i) => Math.sin(i)),
        Float32Array.from({ length: count }, (_, i) => Math.cos(2 * i)),
        [2],
      )
    const parts = { train: split(40), test: split(10), inputRange: [-1, 1] as const, targets: ['y'] }
    const numbers = { ...recipe, data: data.makeDataset({ name: 'waves', ...parts }), model: nn.linear(2, 1) }
    const run = { ...numbers, validation: 0 }
    const { validation } = await crossValidateRun(run, newFolder(), { folds: 2, threads: 1 })
    expect(foldCurves(validation).title).toBe('Training error (rmse) of 2 folds')
  })
})
