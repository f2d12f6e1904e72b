import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'
import { failureOf, temporaryFolder } from './support.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
vi.spyOn(process.stdout, 'write').mockReturnValue(true)

const train = (...args: string[]) =>
  createProgram().parseAsync(['train', ...args, '--json'], { from: 'user' })
/** The steps that a log has. */
const stepsIn = (run: string) =>
  readFileSync(at(`${run}/steps.csv`), 'utf8')
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => Number(line.split(',')[0]))
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

it('a run that goes on writes the logs that it began with, unless others are named', async () => {
  await train('digits', '--max-steps', '3', '--log', 'csv', '--out', at('run'))
  expect(stepsIn('run')).toEqual(upTo(3))
  await train('--resume', at('run'), '--max-steps', '5')
  expect(stepsIn('run')).toEqual(upTo(5))
  await train('--resume', at('run'), '--max-steps', '6', '--log', 'tensorboard')
  await train('--resume', at('run'), '--max-steps', '7')
  expect(stepsIn('run')).toEqual(upTo(5))
  expect(JSON.parse(readFileSync(at('run/recipe.json'), 'utf8')).settings.log).toEqual(['tensorboard'])
  expect(await failureOf('train', '--resume', at('run'), '--log', 'cvs')).toContain('did you mean "csv"')
})
