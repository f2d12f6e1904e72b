import { readFileSync } from 'node:fs'
import { attempt, eventTypes, type RunFolder, type TrainEvent } from '../train/index.ts'
import { RunHistory } from './history.ts'

/** A history, and how many lines of the log could not be understood. */
export interface ReadHistory {
  readonly history: RunHistory
  readonly skipped: number
}

/**
 * The history of a run folder: as far as its log can be read. What was cut off, or is of another version, is left out.
 * @throws if there is no log.
 */
export function readHistory(run: RunFolder): ReadHistory {
  const { path } = run.events
  const text = attempt(`cannot read ${path}`, () => readFileSync(path, 'utf8'))
  const history = new RunHistory()
  let skipped = 0
  for (const line of text.split('\n')) {
    if (line === '') continue
    const event = eventIn(line)
    if (event) history.add(event)
    else skipped++
  }
  return { history, skipped }
}

function eventIn(line: string): TrainEvent | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isEvent(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isEvent(value: unknown): value is TrainEvent {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  return eventTypes.some((type) => type === value.type)
}
