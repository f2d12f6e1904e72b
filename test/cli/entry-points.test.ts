import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { data, fit, nn, optim, type Recipe, readOnnx, zeros } from 'gradus'
import { describe, expect, it } from 'vitest'
import { loadRecipe } from '../../src/cli/recipe-file.ts'
import { temporaryFolder } from './support.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** All modules that a module of `src/` reaches at run time: our files as paths, packages by their names. */
function reachedFrom(entry: string): Set<string> {
  const reached = new Set([join(root, entry)])
  for (const path of reached) {
    if (!path.startsWith(root)) continue
    for (const [, kind, name] of readFileSync(path, 'utf8').matchAll(
      /^(import|export)\s(?!type\s)(?:[^'"]*?from\s+)?'([^']+)'/gm,
    )) {
      if (kind) reached.add(name!.startsWith('.') ? join(path, '..', name!) : name!)
    }
  }
  return reached
}

describe('the isomorphic entry point', () => {
  it('reaches no file system and no ONNX Runtime', () => {
    const reached = [...reachedFrom('src/index.ts')]
    expect(reached.length).toBeGreaterThan(80)
    const packages = reached.filter((name) => !name.startsWith(root))
    expect(new Set(packages.map((name) => name.split('/').slice(0, 2).join('/')))).toEqual(
      new Set(['@bufbuild/protobuf']),
    )
  })

  it('differs from that of Node, which reaches both', () => {
    const reached = reachedFrom('src/node.ts')
    expect(reached).toContain('node:fs')
    expect(reached).toContain('onnxruntime-node')
  })
})

describe('a first model', () => {
  const folder = temporaryFolder()

  it('trains in one call, and exports', async () => {
    const run = await fit({
      data: await data.digits(),
      model: nn.sequential(
        nn.conv2d(1, 32, 3, { padding: 1 }),
        nn.batchNorm2d(32),
        nn.relu(),
        nn.maxPool2d(2),
        nn.flatten(),
        nn.linear(32 * 4 * 4, 10),
      ),
      optimizer: optim.adam(1e-2),
      epochs: 3,
    })
    expect(run.outcome).toBe('finished')
    expect(run.test.accuracy).toBeGreaterThan(0.95)
    await run.export(join(folder, 'digits.onnx'))
    const { metadata } = readOnnx(readFileSync(join(folder, 'digits.onnx')), { dims: { N: 1 } })
    expect(metadata['gradus.data']).toBe('digits')
  })
})

describe('the examples', () => {
  const info = { inputShape: [3, 32, 32], classes: 10 }
  const samples = (count: number) => zeros([count, 3, 32, 32])
  const modelOf = ({ model }: Recipe) => (typeof model === 'function' ? model(info, samples) : model)
  const sizeOf = (recipe: Recipe, shape: readonly number[]) => nn.summary(modelOf(recipe), shape).parameters

  it.each([
    ['mlp.ts', [1, 8, 8], 9_610],
    ['vgg-cifar10.ts', [3, 32, 32], 1_187_274],
    ['resnet18-cifar10.ts', [3, 32, 32], 11_173_962],
    ['airbench-cifar10.ts', [3, 32, 32], 1_977_984],
    ['airbench-cifar10-wide.ts', [3, 32, 32], 4_616_320],
  ])('%s is a recipe', async (name, inputShape, parameters) => {
    const recipe = await loadRecipe(join(root, 'examples', name))
    expect(sizeOf(recipe, inputShape)).toBe(parameters)
  })
})
