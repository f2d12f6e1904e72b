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
  /** The line of the last step, copied into the same memory again and again; 0 bytes before the first. */
  readonly #lastStep = Buffer.alloc(LONGEST_STEP)
  #lastStepLength = 0
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
      (bytes, start, end) => this.#line(bytes, start, end),
      () => this.#restart(),
    )
    this.#unreadable += report.skipped
    return report.changed || report.skipped > 0
  }

  #restart(): void {
    this.#start = {}
    this.#end = this.#epoch = this.#best = this.#test = undefined
    this.#findings = new Map()
    this.#unreadable = this.#lines = this.#lastStepLength = 0
  }

  #line(bytes: Buffer, start: number, end: number): void {
    this.#lines++
    if (isTypeAt(bytes, start, end, STEP)) {
      this.#keepStep(bytes, start, end)
      this.#end = undefined
    } else if (!isTypeAt(bytes, start, end, STATISTICS)) this.#event(bytes, start, end)
  }

  #keepStep(bytes: Buffer, start: number, end: number): void {
    if (end - start <= LONGEST_STEP) this.#lastStepLength = bytes.copy(this.#lastStep, 0, start, end)
  }

  #event(bytes: Buffer, start: number, end: number): void {
    const event = parseEvent(bytes, start, end)
    if (event === undefined) {
      this.#unreadable++
      return
    }
    const type = textOf(event, 'type')
    // What follows an end belongs to a resumption.
    this.#end = type === 'end' ? event : undefined
    if (type === 'start') this.#start = event
    else if (type === 'step') this.#keepStep(bytes, start, end)
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
    const lastStep = parseEvent(this.#lastStep, 0, this.#lastStepLength) ?? {}
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
export function parseEvent(bytes: Buffer, start: number, end: number): Fields | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8', start, end))
    return isFields(value) && typeof value.type === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** A step with a dozen metrics fits. */
const LONGEST_STEP = 1024
/** How a log line of ours begins: `{"time":"2026-01-02T03:04:05.678Z",` takes 35 bytes. */
const TYPE_AT = 35
const STEP = Buffer.from('"type":"step",')
const STATISTICS = Buffer.from('"type":"statistics",')

function isTypeAt(bytes: Buffer, start: number, end: number, type: Buffer): boolean {
  const at = start + TYPE_AT
  if (at + type.length > end) return false
  for (let i = 0; i < type.length; i++) if (bytes[at + i] !== type[i]) return false
  return true
}

/** Seconds from one time to another, where both are known. */
function between(from: string | undefined, to: string | undefined): number | undefined {
  const seconds = (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1000
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined
}
