import { opendir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ensure, GradusError } from '../../core/index.ts'
import { reasonOf } from '../files.ts'

/** The Parquet files of a folder, by what their rows are for. */
export interface Shards {
  readonly train: readonly string[]
  /** Empty if none are set apart. */
  readonly test: readonly string[]
  /** What a person should know: files that are left out. */
  readonly notices: readonly string[]
}

/** What the parts of a data set are called. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  train: ['train', 'training'],
  test: ['test', 'testing', 'eval', 'evaluation'],
  validation: ['validation', 'valid', 'val', 'dev'],
}

/** `train-00000-of-00002.parquet`, `test.parquet`, `validation-00000-of-00001-6e587552aa3c8ac8.parquet`. */
const SHARD = /^([a-z]+)(?:[-_.](\d+)(?:-of-(\d+))?)?(?:-[0-9a-f]{16})?\.parquet$/i

/** What image folders of Hugging Face have beside the pictures. */
const BESIDE = /^metadata\.parquet$/i

/**
 * The Parquet files of a data set as Hugging Face lays them out: in the folder itself, in `data/`, in the folder of the only
 * configuration, or in `train/` and `test/`. `train-00000-of-00002.parquet` is a shard of the training rows, `test-...` one of
 * the test rows, and so is `validation-...` if there is no test part. Files of other names are all shards of one table.
 * @returns undefined if there is no such file.
 * @throws if shards are missing, there are none to train on, or several folders have some.
 */
export async function findShards(folder: string): Promise<Shards | undefined> {
  const { files, folders } = await list(folder)
  if (files.length > 0) return sorted(folder, files)
  const holding = (await Promise.all(folders.map((name) => startsWithShard(join(folder, name))))).flatMap(
    (holds, i) => (holds ? [folders[i]!] : []),
  )
  if (holding.length === 0) return undefined
  if (holding.some((name) => partOf(name))) {
    const found = await Promise.all(
      holding.map(async (name) => (await list(join(folder, name))).files.map((file) => join(name, file))),
    )
    return sorted(folder, found.flat())
  }
  ensure(
    holding.length === 1,
    `${folder}: expected one data set, found Parquet files in ${holding.join(', ')}`,
    'point at one of these folders',
  )
  return findShards(join(folder, holding[0]!))
}

const partOf = (name: string) => Object.keys(PARTS).find((part) => PARTS[part]!.includes(name.toLowerCase()))

async function list(folder: string): Promise<{ files: string[]; folders: string[] }> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    const named = entries
      .filter(({ name }) => !name.startsWith('.'))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    const files = named.filter((entry) => !entry.isDirectory() && isShard(entry.name))
    return {
      files: files.map(({ name }) => name),
      folders: named.flatMap((e) => (e.isDirectory() ? [e.name] : [])),
    }
  } catch (cause) {
    throw new GradusError(`${folder}: expected a folder that can be read, ${reasonOf(cause)}`, [], { cause })
  }
}

const isShard = (name: string) => /\.parquet$/i.test(name) && !BESIDE.test(name)

/** Files that are looked at: folders of pictures are large, and begin with pictures. */
const FIRST = 8

async function startsWithShard(folder: string): Promise<boolean> {
  let seen = 0
  for await (const { name } of await opendir(folder)) {
    if (isShard(name)) return true
    if (++seen === FIRST) return false
  }
  return false
}

interface Shard {
  readonly file: string
  /** `train`, `test` or `validation`; undefined for a name that says none of them. */
  readonly part: string | undefined
  readonly number: number
  /** How many there should be. */
  readonly of: number | undefined
}

function shardOf(file: string): Shard {
  const [folder, name] = file.includes('/') ? file.split('/') : [undefined, file]
  const [, word = '', number, of] = SHARD.exec(name!) ?? []
  const part = folder === undefined ? partOf(word) : partOf(folder)
  return { file, part, number: Number(number ?? 0), of: of === undefined ? undefined : Number(of) }
}

function sorted(folder: string, files: readonly string[]): Shards {
  const shards = files.map((file) => shardOf(file.replaceAll('\\', '/')))
  const named = shards.filter(({ part }) => part !== undefined)
  const of = (part: string) =>
    expectAll(
      folder,
      part,
      named.filter((shard) => shard.part === part),
    )
  const paths = (some: readonly Shard[]) => some.map(({ file }) => join(folder, file))
  // Nothing says what they are for.
  if (named.length === 0) return { train: paths(shards), test: [], notices: [] }
  const [train, test, validation] = [of('train'), of('test'), of('validation')]
  ensure(
    train.length > 0,
    `${folder}: expected Parquet files to train on, such as train-00000-of-00001.parquet, found ${named[0]!.file}`,
  )
  const notices = test.length > 0 && validation.length > 0 ? [leftOut(validation, VALIDATION)] : []
  const others = shards.filter(({ part }) => part === undefined)
  if (others.length > 0) notices.push(leftOut(others, 'neither to train nor to test on, by their names'))
  return { train: paths(train), test: paths(test.length > 0 ? test : validation), notices }
}

const VALIDATION = 'what training validates on is set apart from the rows to train on'
const leftOut = (shards: readonly Shard[], why: string) =>
  `${shards[0]!.file}${shards.length > 1 ? ` and ${shards.length - 1} more files` : ''} left out: ${why}`

/** Shards in their order. Fails if one is missing. */
function expectAll(folder: string, part: string, shards: readonly Shard[]): readonly Shard[] {
  const of = shards.find((shard) => shard.of !== undefined)?.of
  const missing = Array.from({ length: of ?? 0 }, (_, i) => i).filter(
    (i) => !shards.some(({ number }) => number === i),
  )
  ensure(
    missing.length === 0,
    `${folder}: expected ${of} files of the part "${part}", found ${shards.length}: number ${missing.slice(0, 8).join(', ')} is missing`,
    'fetch it, too',
  )
  return shards.toSorted((a, b) => a.number - b.number)
}
