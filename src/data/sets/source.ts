import type { Dataset } from '../dataset.ts'
import type { RemoteFile } from '../download/fetch-file.ts'

export interface DirectoryOptions {
  /** The directory that holds the files. */
  dir?: string | undefined
}

/** A data set that can be asked for by name. */
export interface DatasetSource<D extends Dataset = Dataset> {
  readonly name: string
  /** One line: what it holds, how much. */
  readonly description: string
  /** The files that `dir` must have; none if the data ships with the package, and then `dir` may be left out. */
  readonly files: readonly string[]
  /** Where its files can be fetched from; none if it ships with the package. */
  readonly remote?: readonly RemoteFile[]
  /** Whether a folder with entries of these names may hold the set. */
  recognizes(names: ReadonlySet<string>): boolean
  load(options: DirectoryOptions): Promise<D>
}

/** Whether all of `files` are among the names, plain or gzipped. */
export const holdsAll = (names: ReadonlySet<string>, files: readonly string[]): boolean =>
  files.every((file) => names.has(file) || names.has(`${file}.gz`))
