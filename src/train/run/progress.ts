import { stripVTControlCharacters, styleText } from 'node:util'
import type { Sink, StartEvent, StepEvent } from '../events.ts'
import {
  formatEnd,
  formatEpoch,
  formatFinding,
  formatStart,
  formatStep,
  type Look,
} from './progress-format.ts'

/** Where progress is shown: `process.stdout`, or anything that takes text. */
export interface TextStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  hasColors?(): boolean
}

/** Prints each event as a line of JSON, steps too: for programs. */
export function jsonLines(stream: TextStream = process.stdout): Sink {
  return (event) => void stream.write(`${JSON.stringify(event)}\n`)
}

/**
 * Shows a run to a person: one line per epoch, and on a terminal a bar that moves while the epoch runs.
 * Without a terminal (a file, a pipe) there is no bar, and lines come whole, since others may write to the same place; colors
 * also respect NO_COLOR and FORCE_COLOR.
 */
export function terminalProgress(stream: TextStream = process.stdout): Sink {
  const page = new Page(stream)
  let start: StartEvent | undefined
  let means = new EpochMeans()
  return (event) => {
    switch (event.type) {
      case 'start':
        start = event
        return page.line(formatStart(event, page.look))
      case 'step':
        means.add(event)
        return page.live(() => formatStep(event, means.running(event, start), page.look))
      case 'epoch':
        means = new EpochMeans()
        return page.open(formatEpoch(event, page.look))
      case 'checkpoint':
        return event.kind === 'best' ? page.append(', saved') : page.close()
      case 'evaluation':
        return page.close()
      case 'notice':
        return page.line(`${page.look.paint('yellow', 'note')}    ${event.message}`)
      case 'finding':
        return page.line(formatFinding(event, page.look))
      case 'end':
        return page.line(formatEnd(event, page.look))
    }
  }
}

/** Means over the steps of an epoch. */
class EpochMeans {
  #steps = 0
  #loss = 0
  #accuracy = 0
  #rmse = 0
  #samples = 0
  #seconds = 0

  add({ loss, metrics, seconds, samplesPerSecond }: StepEvent): void {
    this.#steps++
    this.#loss += loss
    this.#accuracy += metrics.accuracy ?? Number.NaN
    this.#rmse += metrics.rmse ?? Number.NaN
    this.#samples += seconds * samplesPerSecond
    this.#seconds += seconds
  }

  running({ epoch, batch, batches }: StepEvent, start: StartEvent | undefined) {
    const epochs = start?.epochs ?? epoch
    const stepsLeft = (epochs - epoch) * batches + batches - batch
    const meanOf = (sum: number) => (Number.isNaN(sum) ? undefined : sum / this.#steps)
    return {
      epochs,
      loss: this.#loss / this.#steps,
      accuracy: meanOf(this.#accuracy),
      rmse: meanOf(this.#rmse),
      samplesPerSecond: this.#samples / this.#seconds,
      secondsLeft: (stepsLeft * this.#seconds) / this.#steps,
      unit: start?.data.inputShape.length === 3 ? 'images' : 'samples',
    }
  }
}

/** Milliseconds between two drawings of the live line: smooth to the eye, and no cost to the training. */
const REFRESH = 100
/** Back to the start of the line, and erase what is after the cursor. */
const RETURN = '\r'
const ERASE = '\x1b[K'

/** Lines that stay, one that may still grow, and one that is drawn again and again. */
class Page {
  readonly #stream: TextStream
  #state: 'fresh' | 'open' | 'live' = 'fresh'
  /** The open line, where it is written only when it is whole. */
  #held = ''
  #room = 0
  #drawn = Number.NEGATIVE_INFINITY

  constructor(stream: TextStream) {
    this.#stream = stream
  }

  /** Asked for each line: a person may change the size of the window. */
  get look(): Look {
    const { isTTY, columns } = this.#stream
    const colors = isTTY && this.#stream.hasColors?.()
    return {
      columns: isTTY ? (columns ?? 80) : Number.POSITIVE_INFINITY,
      paint: (style, text) => (colors ? styleText(style, text, { validateStream: false }) : text),
    }
  }

  /** A whole line; nothing for an empty text. */
  line(text: string): void {
    this.#clear()
    if (text !== '') this.#stream.write(`${text}\n`)
  }

  /** A line that the next {@link append} may lengthen, if there is room. */
  open(text: string): void {
    this.#clear()
    this.#grow(text)
    this.#room = this.look.columns - stripVTControlCharacters(text).length
    this.#state = 'open'
  }

  append(text: string): void {
    if (this.#state === 'open' && text.length < this.#room) this.#grow(text)
  }

  /** Ends the open line where it is written whole; on a terminal what comes next does. */
  close(): void {
    if (!this.#stream.isTTY && this.#state === 'open') this.#clear()
  }

  #grow(text: string): void {
    if (this.#stream.isTTY) this.#stream.write(text)
    else this.#held += text
  }

  /** Draws the live line, if this is a terminal and the last drawing is old enough. */
  live(text: () => string): void {
    this.close()
    const now = performance.now()
    if (!this.#stream.isTTY || now - this.#drawn < REFRESH) return
    if (this.#state === 'open') this.#clear()
    this.#stream.write(`${RETURN}${text()}${ERASE}`)
    this.#state = 'live'
    this.#drawn = now
  }

  /** Ends the open line, or erases the live one. */
  #clear(): void {
    if (this.#state === 'open') this.#stream.write(`${this.#held}\n`)
    if (this.#state === 'live') this.#stream.write(`${RETURN}${ERASE}`)
    this.#state = 'fresh'
    this.#held = ''
  }
}
