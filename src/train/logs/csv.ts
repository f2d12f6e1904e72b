import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EpochEvent, Sink, StepEvent } from '../events.ts'
import { atomicWrite } from '../run/atomic-write.ts'
import { attempt } from '../run/file-error.ts'

/** A number for each column that a row has; the others are empty. */
type Row = Readonly<Record<string, number | undefined>>

/**
 * Writes `steps.csv` and `epochs.csv` in a run folder (RFC 4180): a line for each training step and each epoch. Columns are
 * `step`, `epoch`, `loss`, `rate`, `seconds`, `samplesPerSecond` and a metric each; of epochs `train.loss`, `validation.loss`
 * and so on. A number that is missing is an empty field, one that is none is `NaN`.
 *
 * When a run goes on, the lines of steps that are done again are dropped.
 * @throws the sink, if a file cannot be written.
 */
export function csvLog(folder: string): Sink {
  const steps = new CsvFile(join(folder, 'steps.csv'))
  const epochs = new CsvFile(join(folder, 'epochs.csv'))
  return (event) => {
    if (event.type === 'start' && event.resumed) for (const file of [steps, epochs]) file.rewind(event.step)
    else if (event.type === 'step') steps.add(stepRow(event))
    else if (event.type === 'epoch') epochs.add(epochRow(event))
  }
}

function stepRow({ step, epoch, loss, rate, seconds, samplesPerSecond, metrics }: StepEvent): Row {
  return { step, epoch, loss, rate, seconds, samplesPerSecond, ...metrics }
}

function epochRow(event: EpochEvent): Row {
  const { step, epoch, train, validation, best, rate, seconds, samplesPerSecond } = event
  const named = (split: string, scores: Row) =>
    Object.fromEntries(Object.entries(scores).map(([name, value]) => [`${split}.${name}`, value]))
  const facts = { best: Number(best), rate, seconds, samplesPerSecond }
  return {
    step,
    epoch,
    ...named('train', train),
    ...(validation && named('validation', validation)),
    ...facts,
  }
}

/** A file whose header is written with the first row, and stays. The first column is the step. */
class CsvFile {
  readonly #path: string
  #columns: readonly string[] | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** Appends a row; columns that the header does not have are left out. */
  add(row: Row): void {
    this.#columns ??= this.#header()
    if (this.#columns === undefined) {
      this.#columns = Object.keys(row)
      this.#append(this.#columns)
    }
    this.#append(this.#columns.map((name) => (row[name] === undefined ? '' : String(row[name]))))
  }

  /** Drops the rows after a step, and half a row at the end. */
  rewind(step: number): void {
    this.#columns = this.#header()
    if (this.#columns === undefined) return
    const [header, ...rows] = this.#lines()
    const kept = rows.filter((row) => Number(row.split(',')[0]) <= step)
    atomicWrite(this.#path, [header, ...kept].map((line) => `${line}\r\n`).join(''))
  }

  /** Names of the columns in the file; undefined if it has none yet. */
  #header(): readonly string[] | undefined {
    if (!existsSync(this.#path)) return undefined
    const line = this.#lines()[0]
    return line === undefined ? undefined : [...line.matchAll(FIELD)].map(([field]) => unquoted(field))
  }

  #lines(): string[] {
    const text = attempt(`cannot read ${this.#path}`, () => readFileSync(this.#path, 'utf8'))
    return text.split('\r\n').slice(0, -1)
  }

  #append(fields: readonly string[]): void {
    attempt(`cannot append to ${this.#path}`, () =>
      appendFileSync(this.#path, `${fields.map(quoted).join(',')}\r\n`),
    )
  }
}

/** A field in quotes, or what is between two commas. */
const FIELD = /(?<=^|,)("([^"]|"")*"|[^",]*)(?=,|$)/g
const quoted = (field: string) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)
const unquoted = (field: string) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field)
