import type { RunRow, RunState } from './api.ts'
import { type Fields, fieldsOf, isFields, numberOf, scoresOf, textOf } from './fields.ts'
import { Tail } from './tail.ts'

/** What the list says of a run, without the folder's own facts. */
export type Facts = Omit<RunRow, 'id' | 'state' | 'changed'>

/**
 * Follows the log of a run for the list of runs. Steps and statistics, which are nearly all of a log, are recognized by their
 * first bytes and not parsed: a hundred runs of ten thousand steps are read in half a second.
 */
export class Overview {
  readonly #tail: Tail
  #start: Fields = {}
  #end: Fields | undefined
  #epoch: Fields | undefined
  #best: Fields | undefined
  #test: Fields | undefined
  #lastStep: Buffer | undefined
  /** Severity by check and title: a check may find the same again. */
  #findings = new Map<string, string>()
  #unreadable = 0
  #lines = 0

  constructor(path: string) {
    this.#tail = new Tail(path)
  }

  /** Reads what is new. @returns whether there was anything. */
  update(): boolean {
    const report = this.#tail.read(
      (line) => this.#line(line),
      () => this.#restart(),
    )
    this.#unreadable += report.skipped
    return report.changed || report.skipped > 0
  }

  #restart(): void {
    this.#start = {}
    this.#end = this.#epoch = this.#best = this.#test = this.#lastStep = undefined
    this.#findings = new Map()
    this.#unreadable = this.#lines = 0
  }

  #line(line: Buffer): void {
    this.#lines++
    if (isTypeAt(line, STEP)) {
      this.#lastStep = Buffer.from(line)
      this.#end = undefined
    } else if (!isTypeAt(line, STATISTICS)) this.#event(line)
  }

  #event(line: Buffer): void {
    const event = parseEvent(line)
    if (event === undefined) {
      this.#unreadable++
      return
    }
    const type = textOf(event, 'type')
    // What follows an end belongs to a resumption.
    this.#end = type === 'end' ? event : undefined
    if (type === 'start') this.#start = event
    else if (type === 'step') this.#lastStep = Buffer.from(line)
    else if (type === 'epoch') this.#epochEnded(event)
    else if (type === 'evaluation' && textOf(event, 'split') === 'test')
      this.#test = fieldsOf(event, 'scores')
    else if (type === 'finding') {
      const key = `${textOf(event, 'check')}\n${textOf(event, 'title')}`
      this.#findings.set(key, textOf(event, 'severity') ?? '')
    }
  }

  #epochEnded(event: Fields): void {
    this.#epoch = event
    if (event.best === true || this.#best === undefined) this.#best = event
  }

  /** How the log says that the run ended; undefined if it does not. */
  get outcome(): RunState | undefined {
    const outcome = this.#end && textOf(this.#end, 'outcome')
    return outcome === 'finished' || outcome === 'interrupted' || outcome === 'failed' ? outcome : undefined
  }

  get isEmpty(): boolean {
    return this.#lines === 0
  }

  get facts(): Facts {
    const start = this.#start
    const [data, model] = [fieldsOf(start, 'data'), fieldsOf(start, 'model')]
    const lastStep = (this.#lastStep && parseEvent(this.#lastStep)) ?? {}
    const epoch = this.#epoch ?? {}
    const end = this.#end ?? {}
    const best = this.#best ?? {}
    const scores = isFields(best.validation) ? scoresOf(best, 'validation') : scoresOf(best, 'train')
    const stepsPerEpoch = numberOf(start, 'stepsPerEpoch')
    const ofEpochs = numberOf(epoch, 'epochs') ?? numberOf(start, 'epochs')
    const isWhole = epoch.batch === undefined
    return {
      started: textOf(start, 'time'),
      data: textOf(data, 'name'),
      model: textOf(model, 'name'),
      parameters: numberOf(model, 'parameters'),
      epochs: numberOf(end, 'epochs') ?? Math.max(0, (numberOf(epoch, 'epoch') ?? 0) - (isWhole ? 0 : 1)),
      ofEpochs,
      steps: numberOf(end, 'steps') ?? numberOf(lastStep, 'step') ?? 0,
      ...(ofEpochs !== undefined && stepsPerEpoch !== undefined && { ofSteps: ofEpochs * stepsPerEpoch }),
      bestEpoch: numberOf(best, 'epoch'),
      loss: scores.loss,
      accuracy: scores.accuracy,
      testLoss: numberOf(end, 'testLoss') ?? numberOf(this.#test ?? {}, 'loss'),
      testAccuracy: numberOf(end, 'testAccuracy') ?? numberOf(this.#test ?? {}, 'accuracy'),
      seconds: numberOf(end, 'seconds') ?? between(textOf(start, 'time'), textOf(lastStep, 'time')),
      samplesPerSecond: numberOf(end, 'imagesPerSecond') ?? numberOf(epoch, 'samplesPerSecond'),
      problems: this.#count('problem'),
      warnings: this.#count('warning'),
      unreadable: this.#unreadable,
    }
  }

  #count(severity: string): number {
    return [...this.#findings.values()].filter((found) => found === severity).length
  }
}

/** The object in a line; undefined if it holds none. */
export function parseEvent(line: Buffer): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return isFields(value) && typeof value.type === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** How a log line of ours begins: `{"time":"2026-01-02T03:04:05.678Z",` takes 36 bytes. */
const TYPE_AT = 36
const STEP = Buffer.from('"type":"step",')
const STATISTICS = Buffer.from('"type":"statistics",')

function isTypeAt(line: Buffer, type: Buffer): boolean {
  if (line.length < TYPE_AT + type.length) return false
  for (let i = 0; i < type.length; i++) if (line[TYPE_AT + i] !== type[i]) return false
  return true
}

/** Seconds from one time to another, where both are known. */
function between(from: string | undefined, to: string | undefined): number | undefined {
  const seconds = (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1000
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined
}
