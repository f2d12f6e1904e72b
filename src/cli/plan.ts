import { existsSync, statSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { ensure, GradusError, nearest } from '../core/index.ts'
import * as data from '../data/index.ts'
import { givenRate, type Optimizer, withRate } from '../optim/index.ts'
import { checkRecipe, isRun, loadData, type Recipe, shellWord } from '../train/index.ts'
import { downloadProgress } from './download-progress.ts'
import { namedModel, presetFor, presets } from './presets.ts'
import { loadRecipe } from './recipe-file.ts'
import { flags, type Settings } from './settings.ts'

/**
 * What a person calls by `what`: a data set by its name, a recipe file, or data of their own, a folder or a file.
 * @throws if it is none of these; suggests the nearest name.
 */
export function findSource(what: string): Pick<Settings, 'source' | 'kind'> {
  if (data.datasets.some(({ name }) => name === what)) return { source: what, kind: 'dataset' }
  if (/\.[cm]?[jt]s$/.test(what)) return { source: resolve(what), kind: 'file' }
  if (existsSync(what)) {
    const advice = `to go on with this run: gradus train --resume ${shellWord(what)}`
    ensure(!isRun(what), `${what}: expected data or a recipe, found the folder of a run`, advice)
    return { source: resolve(what), kind: 'data' }
  }
  const names = data.datasets.map(({ name }) => name)
  const guess = nearest(what, names)
  throw new GradusError(`unknown data set "${what}"${guess ? `; did you mean "${guess}"?` : ''}`, [
    `known: ${names.join(', ')}`,
    'there is no folder or file of this name either; a recipe file ends in .ts, such as recipe.ts',
  ])
}

/** The recipe that settings describe: that of the data set or the file, with what the person changed. */
export async function recipeOf(settings: Settings, file = settings.source): Promise<Recipe> {
  const recipe = await recipeOfKind(settings, file)
  const { model, epochs, batchSize, lr, seed } = settings
  ensure(
    settings.data === undefined || typeof recipe.data === 'function',
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

async function recipeOfKind(settings: Settings, file: string): Promise<Recipe> {
  expectOwn(settings, settings.kind)
  if (settings.kind === 'file') return loadRecipe(file)
  return settings.kind === 'dataset' ? presetOf(settings) : recipeForData(settings)
}

/** A recipe for data that a person points at. */
async function recipeForData(settings: Settings): Promise<Recipe> {
  const found = await openOwn(settings)
  return { ...presetFor(found), data: found }
}

/** What says how data of a person's own are read. */
type Reading = Pick<Settings, 'size' | 'label' | 'ignore' | 'missing' | 'onBad' | 'seed'>

/** What the words of `--missing` are called in a program. */
const missingValues = { stop: 'error', skip: 'drop', mean: 'mean' } as const

/** The folder or file that a person points at. */
function openOwn({
  source,
  size,
  label,
  ignore,
  missing,
  onBad,
  seed,
}: Reading & { readonly source: string }) {
  const table = { label, ignore, missing: missing && missingValues[missing] }
  return data.open(source, { size: size ?? 'auto', ...table, onBad, seed })
}

/** Fails if something was asked for that only data of a person's own go by. */
function expectOwn(settings: Reading, kind: Settings['kind']): void {
  if (kind === 'data') return
  const asked = (['size', 'label', 'ignore', 'missing'] as const).find((key) => settings[key] !== undefined)
  const what = kind === 'file' ? 'a recipe says how its data are read' : 'a known data set is read as it is'
  ensure(asked === undefined, `${flags[asked!]}: ${what}, so it would have no effect`, 'leave the option out')
}

/** The data that a person calls by `what`: a data set by its name (with the folder of its files), or data of their own. */
export async function openSource(
  what: string,
  { data: dir, ...reading }: Reading & Pick<Settings, 'data'>,
): Promise<data.Dataset> {
  const { source, kind } = findSource(what)
  if (kind === 'data') return openOwn({ source, ...reading })
  expectOwn(reading, kind)
  if (kind === 'dataset') return loadSet(data.findDataset(source), dir)
  return loadData(checkRecipe(await loadRecipe(source)), dir)
}

/** A named set: from the folder given, or from the cache, where its files are fetched to if they are not there. */
async function loadSet(set: data.DatasetSource, dir: string | undefined): Promise<data.Dataset> {
  if (set.files.length === 0 || dir !== undefined) return set.load({ dir })
  const show = downloadProgress()
  try {
    return await set.load({ dir: await data.fetchDataset(set, { onProgress: show.update }) })
  } finally {
    show.end()
  }
}

function presetOf({ source }: Settings): Recipe {
  const set = data.datasets.find(({ name }) => name === source)
  const preset = presets[source]
  ensure(set && preset, `there is no data set "${source}" in this version of Gradus`)
  return { ...preset, name: source, data: ({ dir }) => loadSet(set, dir) }
}

/** What a run is called: data of a person's own like their file or folder, which is not a path within `runs`. */
const nameOf = ({ source, kind }: Settings) => {
  if (kind === 'dataset') return source
  const isFolder = kind === 'data' && statSync(source).isDirectory()
  return basename(source, isFolder ? '' : extname(source))
}

/** The optimizer with another learning rate. */
function atRate(optimizer: Optimizer, rate: number): Optimizer {
  ensure(
    typeof givenRate(optimizer) === 'number',
    `--lr: the learning rate of ${optimizer.name} follows a schedule of its own`,
    'change it in the recipe, or give the recipe the schedule as a field: { optimizer: optim.sgd(0.1), schedule }',
  )
  return withRate(optimizer, rate)
}
