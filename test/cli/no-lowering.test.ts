import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'
import { data, defineRecipe, fit, nn, optim } from '../../src/node.ts'
import { compileGraph } from '../../src/runtime/program.ts'
import { temporaryFolder } from './support.ts'

vi.mock('../../src/runtime/program.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/runtime/program.ts')>()
  return { ...original, compileGraph: vi.fn(original.compileGraph) }
})
vi.spyOn(process.stdout, 'write').mockReturnValue(true)

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const gradus = (...args: string[]) => createProgram().parseAsync(args, { from: 'user' })

/** What the graphs that `action` compiles are compiled with. */
async function askedBy(action: () => Promise<unknown>): Promise<(boolean | undefined)[]> {
  vi.mocked(compileGraph).mockClear()
  await action()
  return vi.mocked(compileGraph).mock.calls.map(([, options]) => options?.lowering)
}

describe('--no-lowering', () => {
  let asked: (boolean | undefined)[]
  beforeAll(async () => {
    const gray = sharp({ create: { width: 8, height: 8, channels: 3, background: 'gray' } })
    await gray.png().toFile(at('gray.png'))
    asked = await askedBy(() =>
      gradus('train', 'digits', '--max-steps', '2', '--json', '--no-lowering', '--out', at('run')),
    )
  })

  it('reaches training, evaluation and the test, and is kept for a run that goes on', async () => {
    expect(asked.length).toBeGreaterThanOrEqual(3)
    expect(new Set(asked)).toEqual(new Set([false]))
    expect(JSON.parse(readFileSync(at('run/recipe.json'), 'utf8')).settings.lowering).toBe(false)
    const resumed = await askedBy(() => gradus('train', '--resume', at('run'), '--max-steps', '3', '--json'))
    expect(new Set(resumed)).toEqual(new Set([false]))
  })

  it('reaches prediction, which lowers without it', async () => {
    const predict = ['predict', at('run'), at('gray.png'), '--json']
    expect(await askedBy(() => gradus(...predict, '--no-lowering'))).toEqual([false])
    expect(await askedBy(() => gradus(...predict))).toEqual([true])
  })

  it('is `lowering: false` in code, also for population statistics', async () => {
    const { sequential, conv2d, batchNorm2d, relu, flatten, linear } = nn
    const recipe = defineRecipe({
      data: data.digits(),
      model: sequential(conv2d(1, 4, 3), batchNorm2d(4), relu(), flatten(), linear(4 * 36, 10)),
      optimizer: optim.sgd(0.01),
      epochs: 1,
      batchSize: 256,
      populationStatistics: true,
    })
    const asked = await askedBy(() => fit(recipe, { lowering: false, maxSteps: 1 }))
    const graphs = vi.mocked(compileGraph).mock.calls.map(([graph]) => graph)
    expect(graphs.some(({ outputNames }) => outputNames.includes('mean:0'))).toBe(true)
    expect(new Set(asked)).toEqual(new Set([false]))
  })
})
