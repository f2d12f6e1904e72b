import { closeSync, existsSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs'
import { ensure, GradusError, type JsonObject, parseJson } from '../../core/index.ts'

import { eventTypes, type Sink, type TrainEvent } from '../events.ts'
import { attempt } from './file-error.ts'

/**
 * A file of events, one JSON object a line, appended as they happen: a killed run loses at most half a line.
 * Numbers that JSON cannot hold (a loss of NaN) are written as null.
 */
export class EventLog {
  readonly path: string
  #file: number | undefined
  /** Whether the file says how the run started; undefined before the first event. */
  #hasStart: boolean | undefined

  constructor(path: string) {
    this.path = path
  }

  /**
   * Appends each event, except the `start` of a resumption (unless what came before is lost): the file reads as if the run
   * had not been interrupted.
   * @throws if the file cannot be written.
   */
  readonly sink: Sink = (event) => {
    this.#hasStart ??= existsSync(this.path) && statSync(this.path).size > 0
    if (event.type === 'start') {
      if (event.resumed && this.#hasStart) return
      this.#hasStart = true
    }
    const line = Buffer.from(`${JSON.stringify(event)}\n`)
    attempt(`cannot append to ${this.path}`, () => {
      this.#file ??= openSync(this.path, 'a')
      for (let at = 0; at < line.length; ) at += writeSync(this.#file, line, at)
    })
  }

  /** Closes the file; a later event opens it again. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
    this.#hasStart = undefined
  }

  /**
   * Drops what happened after the checkpoint that a run goes on from, which it does again. That is all that follows the
   * checkpoint's own event; if the writer was killed before it could log that, all that follows `step`.
   */
  rewind(step: number, kind: 'last' | 'best' = 'last'): void {
    this.close()
    if (!existsSync(this.path)) return
    const lines = readLines(this.path)
    const later = lines.findIndex(({ event }) => event.step > step)
    const before = later < 0 ? lines : lines.slice(0, later)
    const saved = before.findLastIndex(({ event }) => isSave(event, step, kind))
    const kept = saved < 0 ? before : before.slice(0, saved + 1)
    attempt(`cannot shorten ${this.path}`, () => truncateSync(this.path, kept.at(-1)?.end ?? 0))
  }
}

/**
 * The events of a log file. Half a line at its end, where a killed run stopped writing, does not count.
 * @throws if the file is missing, or another line holds no event.
 */
export function readEvents(path: string): TrainEvent[] {
  return readLines(path).map(({ event }) => event)
}

const isSave = (event: TrainEvent, step: number, kind: string): boolean =>
  event.type === 'checkpoint' && event.step === step && event.kind === kind

interface Line {
  readonly event: TrainEvent
  /** Where the line ends in the file, in bytes. */
  readonly end: number
}

function readLines(path: string): Line[] {
  const text = attempt(`cannot read ${path}`, () => readFileSync(path, 'utf8'))
  let end = 0
  const complete = text.split('\n').slice(0, -1)
  return complete.map((line, i) => {
    end += Buffer.byteLength(line) + 1
    return { event: parseEvent(line, `${path}:${i + 1}`), end }
  })
}

function parseEvent(line: string, where: string): TrainEvent {
  const event = parseJson(line, where)
  ensure(Number.isInteger(event.step), `${where}: expected an event with a step, found ${line}`)
  if (!isEvent(event)) {
    throw new GradusError(`${where}: unknown event type ${JSON.stringify(event.type)}`, [
      `known: ${eventTypes.join(', ')}`,
      'it was written by a newer Gradus, or edited',
    ])
  }
  return event
}

/** The fields are those that {@link EventLog} wrote: only the type is checked. */
function isEvent(value: JsonObject | TrainEvent): value is TrainEvent {
  return eventTypes.some((type) => type === value.type)
}
