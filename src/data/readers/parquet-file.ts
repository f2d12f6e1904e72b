import { isJsonObject } from '../../core/index.ts'
import { nameOf } from './arrays.ts'
import type { ParquetSource } from './parquet-source.ts'
import { type ParquetCells, type ParquetContent, ParquetThread } from './parquet-thread.ts'

/** An open Parquet file. */
export class ParquetFile implements ParquetSource {
  readonly path: string
  readonly name: string
  readonly columns: ParquetContent['columns']
  readonly names: readonly string[]
  readonly rows: number
  /** What the library of Hugging Face says of the columns. */
  readonly features: string | undefined
  readonly #groups: readonly number[]
  readonly #thread: ParquetThread

  private constructor(path: string, thread: ParquetThread, { columns, groups, features }: ParquetContent) {
    this.path = path
    this.name = nameOf(path)
    this.columns = columns
    this.names = columns.map(({ name }) => name)
    this.rows = groups.reduce((a, b) => a + b, 0)
    this.features = features
    this.#groups = groups
    this.#thread = thread
  }

  /**
   * @param beside an open file whose thread reads this one, too; it ends with that one.
   * @throws if it is missing, cut off, damaged, or no such file.
   */
  static async open(path: string, beside?: ParquetFile): Promise<ParquetFile> {
    const thread = new ParquetThread(path, beside && { beside: beside.#thread })
    try {
      return new ParquetFile(path, thread, await thread.content())
    } catch (cause) {
      await thread.close()
      throw cause
    }
  }

  /** The cells of a column, one row group after another; `row` is the number of the first. */
  async *cellsOf(column: string): AsyncGenerator<ParquetCells & { readonly row: number }, void, undefined> {
    let row = 0
    for (const [group, rows] of this.#groups.entries()) {
      if (rows > 0) yield { ...(await this.#thread.cells({ group, column })), row }
      row += rows
    }
  }

  placeOf(row: number): string {
    return `${this.path}, row ${row}`
  }

  close(): Promise<void> {
    return this.#thread.close()
  }
}

/** The names of the classes of a column, if the file has them: as `ClassLabel` in the metadata of Hugging Face. */
export function classNames({ features }: ParquetSource, column: string): readonly string[] | undefined {
  if (features === undefined) return undefined
  try {
    const { info } = JSON.parse(features)
    const { [column]: feature } = info.features
    const names = isJsonObject(feature) && feature._type === 'ClassLabel' ? feature.names : undefined
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined
  } catch {
    // It is for another program, which may have other ideas of it.
    return undefined
  }
}
