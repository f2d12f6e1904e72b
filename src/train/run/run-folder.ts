import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { ensure, type JsonObject, stringifyJson } from '../../core/index.ts'
import type { RunSummary } from '../events.ts'
import { atomicWrite } from './atomic-write.ts'
import { EventLog } from './event-log.ts'
import { attempt, fileError } from './file-error.ts'
import { isRunning } from './is-running.ts'
import { makeFolder } from './make-folder.ts'
import { shellWord } from './shell-word.ts'

/** Where a run keeps what it makes: recipe, events, checkpoints, summary, curves, model. */
export class RunFolder {
  /** Path of the folder, as the person gave it or as `runs/<name>-<number>`. */
  readonly path: string
  /** `events.jsonl`: one event a line. */
  readonly events: EventLog

  constructor(path: string) {
    this.path = path
    this.events = new EventLog(this.file('events.jsonl'))
  }

  /** Path of a file of the run. */
  file(name: string): string {
    return join(this.path, name)
  }

  /** The folder that holds `last.safetensors` and `best.safetensors`. */
  get checkpoints(): string {
    return this.file('checkpoints')
  }

  /**
   * Writes `recipe.json`, and a copy of the file that the recipe came from as `recipe.ts` (or its own extension).
   * @param recipe the recipe with all defaults filled in.
   */
  writeRecipe(recipe: JsonObject, source?: string): void {
    atomicWrite(this.file('recipe.json'), `${stringifyJson(recipe, 'recipe', 2)}\n`)
    if (source === undefined) return
    const text = attempt(`cannot copy the recipe ${source}`, () => readFileSync(source))
    atomicWrite(this.file(`recipe${extname(source)}`), [text])
  }

  /**
   * Keeps other processes out until the function that it returns is called, or this process ends.
   * @throws if another process is training in the folder.
   */
  lock(): () => void {
    this.expectFree()
    const path = this.#lockFile
    attempt(`cannot lock ${this.path}`, () => {
      rmSync(path, { force: true })
      writeFileSync(path, `${process.pid}\n`, { flag: 'wx' })
    })
    return () => rmSync(path, { force: true })
  }

  /** @throws if another process is training in the folder. What a killed one left behind does not count. */
  expectFree(): void {
    if (!existsSync(this.#lockFile)) return
    const owner = Number(readFileSync(this.#lockFile, 'utf8'))
    ensure(
      !isRunning(owner),
      `${this.path}: process ${owner} is training in this folder`,
      'wait until it is done, or stop it',
      `if that process is something else, remove ${this.#lockFile}`,
    )
  }

  get #lockFile(): string {
    return this.file('lock')
  }

  /** Writes `summary.json`. */
  writeSummary(summary: RunSummary): void {
    atomicWrite(this.file('summary.json'), `${stringifyJson({ ...summary }, 'summary', 2)}\n`)
  }
}

/**
 * Makes the folder of a new run: `out` if given, else `root/name-1`, `root/name-2`, ... Nothing is overwritten.
 *
 * @param name what is trained, such as `digits`.
 * @param root the folder of all runs; `runs` by default.
 * @throws if `out` exists and is not empty, or cannot be made.
 */
export function createRunFolder({ name, root = 'runs', out }: RunFolderOptions): RunFolder {
  if (out !== undefined) {
    ensure(out !== '', 'run folder: expected a path, got an empty text')
    const isFree = !existsSync(out) || (statSync(out).isDirectory() && readdirSync(out).length === 0)
    const advice = isRun(out) ? `go on with it (--resume ${shellWord(out)})` : 'empty it'
    ensure(isFree, `run folder ${out}: expected a new or empty folder`, `${advice}, or give another folder`)
    makeFolder(out)
    return new RunFolder(out)
  }
  const base = slug(name)
  makeFolder(root)
  for (let number = highestNumber(root, base) + 1; ; number++) {
    const path = join(root, `${base}-${number}`)
    if (claim(path)) return new RunFolder(path)
  }
}

export interface RunFolderOptions {
  readonly name: string
  readonly root?: string
  readonly out?: string
}

/**
 * The folder of an existing run, to go on with it or to look at it.
 * @throws if there is no run in it.
 */
export function openRunFolder(path: string): RunFolder {
  const found = existsSync(path) ? 'a folder or file that holds no run' : 'nothing'
  ensure(isRun(path), `${path}: expected the folder of a run, found ${found}`, 'runs are kept in runs/<name>')
  return new RunFolder(path)
}

/** Whether a folder holds a run. */
export const isRun = (path: string): boolean => existsSync(join(path, 'recipe.json'))

/** Makes the folder, unless another run was faster. */
function claim(path: string): boolean {
  try {
    mkdirSync(path)
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
    throw fileError(`cannot make the folder ${path}`, cause)
  }
}

function highestNumber(root: string, base: string): number {
  const numbers = readdirSync(root)
    .filter((entry) => entry.startsWith(`${base}-`))
    .map((entry) => entry.slice(base.length + 1))
    .filter((rest) => /^\d+$/.test(rest))
  return Math.max(0, ...numbers.map(Number))
}

/** A name that is one plain folder on every system: letters, digits, `.`, `_` and `-`. */
function slug(name: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replaceAll(/^[.-]+|[.-]+$/g, '')
  return plain === '' ? 'run' : plain
}
