import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadRecipe } from '../../src/cli/recipe-file.ts'
import { gradus, jsonLinesOf, temporaryFolder } from './support.ts'

const folder = temporaryFolder()

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const linear = `import { data, defineRecipe, nn, optim } from 'gradus'
type Width = number
const width: Width = 64
export default defineRecipe({
  data: data.digits(),
  model: nn.sequential(nn.flatten(), nn.linear(width, 10)),
  optimizer: optim.adam(1e-2),
  epochs: 1,
})
`

describe('a recipe file', () => {
  beforeAll(async () => {
    write('linear.ts', linear)
    const result = await gradus(folder, 'train', 'linear.ts', '--max-steps', '5', '--lr', '0.02', '--json')
    expect(result).toMatchObject({ code: 0, stderr: '' })
  })

  it('trains without a build step, and the run keeps a copy', () => {
    expect(readFileSync(join(folder, 'runs/linear-1/recipe.ts'), 'utf8')).toBe(linear)
    expect(existsSync(join(folder, 'runs/linear-1/model.onnx'))).toBe(true)
    const events = jsonLinesOf(readFileSync(join(folder, 'runs/linear-1/events.jsonl'), 'utf8'))
    expect(events.find(({ type }) => type === 'step')).toMatchObject({ rate: 0.02 })
  })

  it('goes on with the recipe that it was started with, even if the file has changed', async () => {
    write('linear.ts', linear.replace('64', '128'))
    const args = ['train', '--resume', 'runs/linear-1', '--max-steps', '10', '--json']
    const { code, stdout } = await gradus(folder, ...args)
    expect(code).toBe(0)
    expect(jsonLinesOf(stdout).at(-1)).toMatchObject({ steps: 10, parameters: 650 })
  })
})

describe('a recipe in CommonJS', () => {
  const commonJs = `const { data, nn, optim } = require('gradus')
const model = nn.sequential(nn.flatten(), nn.linear(64, 10))
module.exports = { data: data.digits(), model, optimizer: optim.adam(1e-2), epochs: 3 }
`
  it.each(['recipe.cjs', 'recipe.cts', 'plain.js'])('%s is what it exports', async (name) => {
    expect(await loadRecipe(write(name, commonJs))).toMatchObject({ epochs: 3, batchSize: 64 })
  })

  it('may call it default', async () => {
    const text = commonJs.replace('module.exports', 'exports.default')
    expect(await loadRecipe(write('default.cjs', text))).toMatchObject({ epochs: 3 })
  })

  it.each([
    [
      'wrapped',
      'module.exports = { recipe: { epochs: 1 } }',
      /wrapped\.cjs: .*\n(.|\n)*recipe: not a field of a recipe/,
    ],
    ['empty', "require('gradus')", /empty\.cjs: expected a recipe, got nothing/],
  ])('says what is wrong: %s', async (name, text, message) => {
    await expect(loadRecipe(write(`${name}.cjs`, text))).rejects.toThrow(message)
  })
})

describe('a recipe with an error', () => {
  const failures: [name: string, text: string, message: RegExp][] = [
    ['syntax', 'export default {\n  epochs 3\n}\n', /^\S*syntax\.ts:2:\d+: Unexpected token, expected ","$/],
    ['throws', "const x = 1\nthrow new Error('no luck')\n", /^\S*throws\.ts:2:\d+: no luck$/],
    [
      'unknown',
      "import { nn } from 'gradus'\n\nexport default nn.linera(3)\n",
      /^\S*unknown\.ts:3:\d+: nn\.linera is not a function$/,
    ],
    [
      'layer',
      "import { nn } from 'gradus'\nexport default nn.linear(-1, 2)\n",
      /^\S*layer\.ts:2:\d+: linear: expected the number of inputs .*, got -1$/,
    ],
    [
      'nothing',
      'export const a = 1\n',
      /^\S*nothing\.ts: expected a recipe, got nothing\n.*export default defineRecipe/,
    ],
    [
      'missing',
      "import { x } from './not-there.ts'\nexport default x\n",
      /^\S*missing\.ts: Cannot find module '\.\/not-there\.ts'/,
    ],
    [
      'fields',
      linear.replace('epochs: 1', "epochs: 'two',\n  batchsize: 3"),
      /^\S*fields\.ts: epochs: expected .*, got "two"\n.*batchsize: not a field of a recipe; did you mean "batchSize"\?$/,
    ],
    [
      'values',
      linear.replace('epochs: 1', 'epochs: 1, validation: 1'),
      /^\S*values\.ts: validation: .*, got 1$/,
    ],
  ]

  it.each(failures)('%s', async (name, text, message) => {
    await expect(loadRecipe(write(`${name}.ts`, text))).rejects.toThrow(message)
  })

  it('that is not there', async () => {
    await expect(loadRecipe(join(folder, 'none.ts'))).rejects.toThrow(
      /none\.ts: expected a recipe file, found nothing/,
    )
  })

  it('names the layer that does not fit the data', async () => {
    write('shape.ts', linear.replace('64', '100'))
    const { code, stderr } = await gradus(folder, 'train', 'shape.ts')
    expect(code).toBe(1)
    expect(stderr).toContain('error: linear "1": expected input [N, 100], got [N, 64]\n')
    expect(existsSync(join(folder, 'runs/shape-1'))).toBe(false)
  })

  it('says that --data would have no effect', async () => {
    const { code, stderr } = await gradus(folder, 'train', 'linear.ts', '--data', '.')
    expect(code).toBe(1)
    expect(stderr).toContain('error: --data: the recipe does not ask for a folder')
  })
})
