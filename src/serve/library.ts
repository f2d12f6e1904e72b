import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ensure, GradusError, VERSION } from '../core/index.ts'
import type { LiveChange, RunDetail, RunList, RunRow, RunState } from './api.ts'
import { readEvaluation } from './evaluation.ts'
import { type Fields, fieldsOf, isFields, plainOf } from './fields.ts'
import { findRuns, holdsRun } from './find-runs.ts'
import { History } from './history.ts'
import { Overview } from './overview.ts'
import { readRegular } from './tail.ts'

/** Runs whose whole history is held at a time. */
const MOST_HISTORIES = 16
/** A log that was written to so recently belongs to a run that goes on, wherever it runs. In milliseconds. */
const FRESH = 20_000
const LARGEST_RECIPE = 1 << 20

interface Book {
  readonly overview: Overview
  readonly row: RunRow
  /** When the row became what it is, by the library's clock. */
  readonly changed: number
}

/** The runs of a folder, as the page shows them. Reads files when asked, and of a file that it knows only what is new. */
export class RunLibrary {
  readonly folder: string
  readonly #root: string
  /** The only run that is shown, if the folder is one itself. */
  readonly #only: string | undefined
  readonly #books = new Map<string, Book>()
  /** The least recently used first. */
  readonly #histories = new Map<string, History>()
  /** When runs vanished. */
  readonly #gone = new Map<string, number>()
  /** Counts changes. */
  #clock = 0

  /**
   * @param folder the folder of all runs, or that of a single one.
   * @throws if there is no such folder.
   */
  constructor(folder: string) {
    this.folder = folder
    const path = realPath(folder)
    ensure(statSync(path).isDirectory(), `${folder}: expected a folder of runs, found a file`)
    const isRun = holdsRun(path)
    this.#root = isRun ? dirname(path) : path
    this.#only = isRun ? basename(path) : undefined
  }

  /** The runs, the newest first. */
  list(): RunList {
    this.#refresh()
    const runs = [...this.#books.values()].map((book) => book.row)
    return { folder: this.folder, version: VERSION, runs: runs.sort(byAge) }
  }

  /**
   * What has changed since a time of the library's own clock, and what time it is now.
   * @param since 0 asks for everything.
   */
  changes(since: number): LiveChange & { readonly time: number } {
    this.#refresh()
    const changed = [...this.#books.values()].filter((book) => book.changed > since).map((book) => book.row)
    const gone = [...this.#gone].filter(([, time]) => time > since).map(([id]) => id)
    return { changed, gone, time: this.#clock }
  }

  #refresh(): void {
    const found = this.#find()
    for (const id of this.#books.keys()) {
      if (found.has(id)) continue
      this.#books.delete(id)
      this.#histories.delete(id)
      this.#gone.set(id, ++this.#clock)
    }
    for (const [id, path] of found) this.#look(id, path)
  }

  #find(): Map<string, string> {
    if (this.#only !== undefined) {
      const path = join(this.#root, this.#only)
      return new Map(holdsRun(path) ? [[this.#only, path]] : [])
    }
    return new Map(findRuns(this.#root).map(({ id, path }) => [id, path]))
  }

  /** The row of a run, as its log is now. */
  #look(id: string, path: string): RunRow {
    const known = this.#books.get(id)
    const overview = known?.overview ?? new Overview(join(path, 'events.jsonl'))
    const isNew = overview.update() || known === undefined
    if (!isNew && stateOf(path, overview) === known.row.state) return known.row
    const row = rowOf(id, path, overview)
    this.#books.set(id, { overview, row, changed: ++this.#clock })
    this.#gone.delete(id)
    return row
  }

  /** All that the page shows of a run; undefined if there is none of that name. */
  detail(id: string): RunDetail | undefined {
    const path = this.#find().get(id)
    if (path === undefined) return undefined
    const row = this.#look(id, path)
    const history = this.#historyOf(id, path)
    history.update()
    return {
      row,
      facts: [...recipeFacts(join(path, 'recipe.json')), ...history.facts],
      ...history.story,
      evaluation: readEvaluation(join(path, 'evaluation.json')),
    }
  }

  #historyOf(id: string, path: string): History {
    const history = this.#histories.get(id) ?? new History(join(path, 'events.jsonl'))
    this.#histories.delete(id)
    this.#histories.set(id, history)
    for (const oldest of [...this.#histories.keys()].slice(0, -MOST_HISTORIES)) this.#histories.delete(oldest)
    return history
  }
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder)
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    const found = isMissing ? 'nothing' : String(cause)
    const advice = 'runs are kept in runs/ of the folder in which gradus train was called'
    throw new GradusError(`${folder}: expected a folder of runs, found ${found}`, [advice], { cause })
  }
}

function rowOf(id: string, path: string, overview: Overview): RunRow {
  const changed = new Date(changedAt(path)).toISOString()
  return { id, state: stateOf(path, overview), changed, ...overview.facts }
}

function stateOf(path: string, overview: Overview): RunState {
  if (overview.outcome) return overview.outcome
  const isAlive = isLocked(path) || Date.now() - changedAt(path) < FRESH
  if (isAlive) return 'running'
  return overview.isEmpty ? 'empty' : 'stopped'
}

/** Whether a living process of this machine holds the run. */
function isLocked(path: string): boolean {
  const pid = Number(readRegular(join(path, 'lock'), 64) ?? Number.NaN)
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** When the log was written to, or the folder was made. In milliseconds. */
function changedAt(path: string): number {
  const log = statSync(join(path, 'events.jsonl'), { throwIfNoEntry: false })
  return (log ?? statSync(path, { throwIfNoEntry: false }))?.mtimeMs ?? 0
}

/** What the recipe says, as words. */
function recipeFacts(path: string): [name: string, value: string][] {
  const text = readRegular(path, LARGEST_RECIPE)
  let recipe: Fields = {}
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    if (isFields(value)) recipe = fieldsOf(value, 'recipe')
  } catch {
    // Half a recipe says nothing.
  }
  const wanted = ['optimizer', 'loss']
  return wanted.flatMap((name) => {
    const value = plainOf(recipe[name])
    return value === null ? [] : [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]]
  })
}

/** The newest first; those that have not begun last. */
const byAge = (a: RunRow, b: RunRow) =>
  (b.started ?? '').localeCompare(a.started ?? '') || a.id.localeCompare(b.id)
