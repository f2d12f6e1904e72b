import { stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { ensure, GradusError } from '../../core/index.ts'
import { reasonOf } from '../files.ts'
import { findShards, type Shards } from './find-shards.ts'
import { ParquetFile } from './parquet-file.ts'
import type { ParquetSource } from './parquet-source.ts'
import type { ParquetCells, ParquetContent } from './parquet-thread.ts'

/** A file among several. */
interface Shard {
  readonly file: ParquetFile
  /** The number of its first row. */
  readonly start: number
}

/** Parquet files with the same columns as one: those to train on, then those to test on. */
export class ParquetShards implements ParquetSource {
  readonly path: string
  readonly name: string
  readonly columns: ParquetContent['columns']
  readonly names: readonly string[]
  readonly rows: number
  readonly features: string | undefined
  readonly testFrom?: number
  readonly notices: readonly string[]
  readonly #shards: readonly Shard[]

  private constructor(path: string, { train, test, notices }: Shards, files: readonly ParquetFile[]) {
    const [first] = files as [ParquetFile]
    this.path = path
    this.name = titleOf(resolve(path))
    this.columns = first.columns
    this.names = first.names
    this.features = first.features
    this.notices = notices
    let start = 0
    this.#shards = files.map((file) => {
      const shard = { file, start }
      start += file.rows
      return shard
    })
    this.rows = start
    if (test.length > 0) this.testFrom = this.#shards[train.length]!.start
  }

  /** @throws if a file is damaged, or has other columns than the first. */
  static async open(path: string, shards: Shards): Promise<ParquetShards> {
    const files: ParquetFile[] = []
    try {
      for (const name of [...shards.train, ...shards.test]) {
        const file = await ParquetFile.open(name, files[0])
        files.push(file)
        expectAlike(files[0]!, file)
      }
      return new ParquetShards(path, shards, files)
    } catch (cause) {
      await files[0]?.close()
      throw cause
    }
  }

  async *cellsOf(column: string): AsyncGenerator<ParquetCells & { readonly row: number }, void, undefined> {
    for (const { file, start } of this.#shards)
      for await (const cells of file.cellsOf(column)) yield { ...cells, row: start + cells.row }
  }

  placeOf(row: number): string {
    // Of no row (-1) it is asked, too, where a message is written that is not needed.
    const { file, start } = this.#shards.findLast((shard) => shard.start <= row) ?? this.#shards[0]!
    return file.placeOf(row - start)
  }

  nameOf(row: number): string {
    const from = this.testFrom ?? this.rows
    return row < from ? `train row ${row}` : `test row ${row - from}`
  }

  /** All have the thread of the first. */
  close(): Promise<void> {
    return this.#shards[0]!.file.close()
  }
}

/** Hugging Face calls the folder of the files `data`. */
const titleOf = (path: string) => basename(basename(path) === 'data' ? dirname(path) : path)

function expectAlike(first: ParquetFile, { path, columns }: ParquetFile): void {
  const textOf = (some: ParquetFile['columns']) => some.map(({ name, kind }) => `${name} (${kind})`)
  const [wanted, found] = [textOf(first.columns), textOf(columns)]
  const wrong = [
    ...wanted.filter((text) => !found.includes(text)),
    ...found.filter((text) => !wanted.includes(text)),
  ]
  ensure(
    wrong.length === 0,
    `${path}: expected the columns of ${first.path}, found others`,
    `they differ in ${wrong.slice(0, 8).join(', ')}`,
  )
}

/**
 * A Parquet file, or the files of a folder as one.
 * @throws if there is none, or one is damaged.
 */
export async function openParquet(path: string): Promise<ParquetSource> {
  if (!(await isFolder(path))) return ParquetFile.open(path)
  const shards = await findShards(path)
  if (shards) return ParquetShards.open(path, shards)
  throw new GradusError(`${path}: expected a folder of Parquet files, found none in it`)
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (cause) {
    throw new GradusError(`${path}: expected a readable file, ${reasonOf(cause)}`, [], { cause })
  }
}
