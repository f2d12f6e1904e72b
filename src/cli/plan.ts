import { existsSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { ensure, GradusError, nearest } from '../core/index.ts'
import { datasets } from '../data/index.ts'
import { givenRate, type Optimizer, withRate } from '../optim/index.ts'
import { isRun, type Recipe, shellWord } from '../train/index.ts'
import { isFolder } from './model-file.ts'
import { namedModel, presets } from './presets.ts'
import { loadRecipe } from './recipe-file.ts'
import type { Settings } from './settings.ts'

/**
 * What a person calls by `what`: a data set by its name, anything that looks like a path is a recipe file.
 * @throws if it is neither; suggests the nearest name.
 */
export function findSource(what: string): Pick<Settings, 'source' | 'kind'> {
  if (datasets.some(({ name }) => name === what)) return { source: what, kind: 'dataset' }
  if (/\.[cm]?[jt]s$/.test(what)) return { source: resolve(what), kind: 'file' }
  expectNoPath(what)
  const names = datasets.map(({ name }) => name)
  const guess = nearest(what, names)
  throw new GradusError(`unknown data set "${what}"${guess ? `; did you mean "${guess}"?` : ''}`, [
    `known: ${names.join(', ')}`,
    'a recipe file ends in .ts, such as recipe.ts',
  ])
}

/** Fails if `what` is a folder, or a file that does not look like a recipe. */
function expectNoPath(what: string): void {
  if (!existsSync(what)) return
  const found = isFolder(what) ? 'a folder' : 'another file'
  throw new GradusError(`${what}: expected a recipe file that ends in .ts or .js, found ${found}`, [
    ...(isRun(what) ? [`to go on with this run: gradus train --resume ${shellWord(what)}`] : []),
  ])
}

/** The recipe that settings describe: that of the data set or the file, with what the person changed. */
export async function recipeOf(settings: Settings, file = settings.source): Promise<Recipe> {
  const recipe = settings.kind === 'file' ? await loadRecipe(file) : presetOf(settings)
  const { model, epochs, batchSize, lr, seed, data } = settings
  ensure(
    data === undefined || typeof recipe.data === 'function',
    '--data: the recipe does not ask for a folder, so it would have no effect',
    'in the recipe: data: ({ dir }) => data.mnist({ dir })',
  )
  return {
    ...recipe,
    name: recipe.name ?? nameOf(settings),
    ...(model !== undefined && { model: namedModel(model) }),
    ...(epochs !== undefined && { epochs }),
    ...(batchSize !== undefined && { batchSize }),
    ...(seed !== undefined && { seed }),
    ...(lr !== undefined && { optimizer: atRate(recipe.optimizer, lr) }),
  }
}

function presetOf({ source, data }: Settings): Recipe {
  const set = datasets.find(({ name }) => name === source)
  const preset = presets[source]
  ensure(set && preset, `there is no data set "${source}" in this version of Gradus`)
  ensure(
    set.files.length === 0 || data !== undefined,
    `${source}: expected the folder with its files, got none`,
    `say where they are: gradus train ${source} --data DIR`,
    `files: ${set.files.join(', ')}`,
  )
  return { ...preset, name: source, data: ({ dir }) => set.load({ dir }) }
}

const nameOf = ({ source, kind }: Settings) => (kind === 'file' ? basename(source, extname(source)) : source)

/** The optimizer with another learning rate. */
function atRate(optimizer: Optimizer, rate: number): Optimizer {
  ensure(
    typeof givenRate(optimizer) === 'number',
    `--lr: the learning rate of ${optimizer.name} follows a schedule of its own`,
    'change it in the recipe, or give the recipe the schedule as a field: { optimizer: optim.sgd(0.1), schedule }',
  )
  return withRate(optimizer, rate)
}
