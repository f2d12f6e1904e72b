import { resolve } from 'node:path'
import { ensure, GradusError, within } from '../core/index.ts'
import { type Dataset, datasets, open } from '../data/index.ts'
import { inspectOnnx, type OnnxListing } from '../onnx/index.ts'
import { type Evaluable, evaluableOf, openRunFolder, type RunFolder, shellWord } from '../train/index.ts'
import { fitIn } from './classifier.ts'
import { heldSettings, recipeFile } from './held-recipe.ts'
import { isFolder, readModelFile } from './model-file.ts'
import { recipeOf } from './plan.ts'

/** What a person wants evaluated, and where the results go. */
export interface Subject {
  /** The model's file, for messages. */
  readonly file: string
  readonly of: Evaluable
  /** Undefined for a model without a run. */
  readonly folder: RunFolder | undefined
}

/**
 * The model that a person means by `source`, with data for it: a run has its recipe, a file says which data set it was
 * trained on.
 * @param dir the folder with the data, where the run's has moved.
 * @throws if there is no model, or its data cannot be had.
 */
export async function openSubject(source: string, dir: string | undefined): Promise<Subject> {
  const { file, bytes } = readModelFile(source)
  if (!isFolder(source)) return { file, of: await evaluableFile(file, bytes, dir), folder: undefined }
  const folder = openRunFolder(source)
  const held = heldSettings(folder)
  const settings = dir === undefined ? held : { ...held, data: resolve(dir) }
  const recipe = await recipeOf(settings, recipeFile(folder, settings))
  return { file, of: await evaluableOf(recipe, bytes, settings.data), folder }
}

async function evaluableFile(file: string, bytes: Uint8Array, dir: string | undefined): Promise<Evaluable> {
  const listing = within(file, () => inspectOnnx(bytes))
  const name = listing.metadata['gradus.data']
  const set = datasets.find((known) => known.name === name)
  if (!set) return { toOnnx: () => bytes, data: await picturesFor(file, listing, dir) }
  ensure(
    set.files.length === 0 || dir !== undefined,
    `${set.name}: expected the folder with its files, got none`,
    `say where they are: gradus evaluate ${shellWord(file)} --data DIR`,
    `files: ${set.files.join(', ')}`,
  )
  return { toOnnx: () => bytes, data: await set.load({ dir }) }
}

/** A folder of pictures that are brought to what a model takes, as those were that it learned from. */
async function picturesFor(
  file: string,
  { inputs, metadata }: OnnxListing,
  dir: string | undefined,
): Promise<Dataset> {
  const name = metadata['gradus.data']
  const [, channels, height, width, ...more] = (inputs[0]?.shape ?? []).map(Number)
  const takesPictures = more.length === 0 && [1, 3, 4].includes(channels!) && height! > 0 && width! > 0
  if (!takesPictures || dir === undefined || !isFolder(dir)) {
    const found = name === undefined ? 'a file that does not say so' : `"${name}"`
    const example = `gradus evaluate ${shellWord(file)} --data photos/`
    throw new GradusError(`${file}: expected a model of a data set that has a name, found ${found}`, [
      `known: ${datasets.map((known) => known.name).join(', ')}`,
      'give the folder of the run: its recipe says which data it is for',
      ...(takesPictures ? [`or a folder of pictures: ${example}`] : []),
    ])
  }
  const fit = fitIn(metadata, file)
  const format = { size: [height!, width!] as const, channels: channels as 1 | 3 | 4, ...(fit && { fit }) }
  return open(dir, format)
}
