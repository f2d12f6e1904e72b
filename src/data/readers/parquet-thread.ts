import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { GradusError } from '../../core/index.ts'
import { again, reasonOf } from '../files.ts'
import { parquetCode } from './parquet-code.ts'

/** What a column of a Parquet file holds; `image` is a struct with the bytes of a file, as Hugging Face has it. */
export type ParquetKind =
  | 'number'
  | 'flag'
  | 'text'
  | 'bytes'
  | 'image'
  | 'time'
  | 'list'
  | 'struct'
  | 'other'

export interface ParquetContent {
  readonly columns: readonly { readonly name: string; readonly kind: ParquetKind }[]
  /** The rows of each row group. */
  readonly groups: readonly number[]
  /** What Hugging Face's library says of the columns, as JSON. */
  readonly features: string | undefined
}

export interface ParquetQuestion {
  readonly group: number
  readonly column: string
}

/** The cells of a column in a row group: one of the three. Null and NaN are missing. */
export interface ParquetCells {
  readonly numbers?: Float64Array
  readonly texts?: readonly (string | null)[]
  readonly bytes?: readonly (Uint8Array | null)[]
}

export type ParquetAnswer = ParquetContent | ParquetCells | { readonly error: string; readonly code?: string }

/** A column of a row group takes a fraction of a second; what takes so long goes round in circles. */
const PATIENCE_MS = 60_000
/** Heap of the thread, in MiB. */
const HEAP = 2048
/** A page may claim so many bytes without giving reasons. */
const MAX_PAGE = 64 * 2 ** 20

const require = createRequire(import.meta.url)
const urlOf = (module: string) => pathToFileURL(require.resolve(module)).href

/** What ended a thread. */
interface Cause {
  readonly message: string
  readonly code?: unknown
}

/** A thread, which several files may share. */
class Thread {
  readonly worker: Worker
  readonly patience: number
  /** Why it ended, if it has. */
  death: Cause | undefined

  constructor(heap: number, patience: number) {
    const modules = {
      hyparquet: urlOf('hyparquet'),
      read: urlOf('hyparquet/src/read.js'),
      compressors: urlOf('hyparquet-compressors'),
    }
    this.patience = patience
    this.worker = new Worker(parquetCode, {
      eval: true,
      workerData: { modules, maxPage: MAX_PAGE },
      // Without the flags of this process: they may load code that the thread has no use for.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heap },
    })
    // It may end while nobody waits for an answer.
    this.worker.on('error', (error) => {
      this.death ??= error
    })
    this.worker.on('exit', () => {
      this.death ??= { message: 'the thread that read it ended' }
    })
  }
}

/**
 * A Parquet file, read by another thread: this one goes on meanwhile, and a hostile file, whose few bytes can claim
 * billions of rows, can exhaust nothing but the thread.
 */
export class ParquetThread {
  readonly #path: string
  readonly #thread: Thread

  /** @param beside a file whose thread reads this one, too; only one of them is asked at a time. */
  constructor(
    path: string,
    {
      heap = HEAP,
      patience = PATIENCE_MS,
      beside,
    }: { heap?: number; patience?: number; beside?: ParquetThread } = {},
  ) {
    this.#path = path
    this.#thread = beside ? beside.#thread : new Thread(heap, patience)
  }

  /** What is in the file. @throws if it is cut off, damaged, or no such file. */
  content(): Promise<ParquetContent> {
    return this.#answerTo(undefined) as Promise<ParquetContent>
  }

  /** The cells of a column in a row group; one question at a time. */
  cells(question: ParquetQuestion): Promise<ParquetCells> {
    return this.#answerTo(question) as Promise<ParquetCells>
  }

  /** Ends the thread, also for the files beside. */
  async close(): Promise<void> {
    await this.#thread.worker.terminate()
  }

  #answerTo(question: ParquetQuestion | undefined): Promise<ParquetAnswer> {
    return new Promise((resolve, reject) => {
      const thread = this.#thread
      const { worker, patience } = thread
      if (thread.death) return reject(this.#failure(thread.death))
      const fail = (cause: Cause) => done(() => reject(this.#failure(cause)))
      const onMessage = (answer: ParquetAnswer) => {
        if ('error' in answer) fail({ message: answer.error, code: answer.code })
        else done(() => resolve(answer))
      }
      const onExit = () => fail(thread.death!)
      const timer = setTimeout(() => {
        thread.death = { message: 'reading it takes too long' }
        fail(thread.death)
        void this.close()
      }, patience)
      const done = (settle: () => void) => {
        clearTimeout(timer)
        worker.off('message', onMessage).off('error', fail).off('exit', onExit)
        settle()
      }
      worker.on('message', onMessage).on('error', fail).on('exit', onExit)
      worker.postMessage({ path: this.#path, question })
    })
  }

  #failure(cause: Cause): GradusError {
    const { message, code } = cause
    if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
      return new GradusError(`${this.#path}: expected a table that fits into memory, found a larger one`, [
        'the file may be damaged; or write it in smaller row groups',
      ])
    }
    if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) {
      const error = Object.assign(new Error(message), { code })
      return new GradusError(`${this.#path}: expected a readable file, ${reasonOf(error)}`)
    }
    return new GradusError(`${this.#path}: expected a whole Parquet file (${message})`, [again])
  }
}
