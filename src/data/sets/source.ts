import type { Dataset } from '../dataset.ts'

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
  load(options: DirectoryOptions): Promise<D>
}
