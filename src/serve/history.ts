import type { EpochRow, FindingView, RunDetail } from './api.ts'
import { type Fields, fieldsOf, isFields, numberOf, plainOf, recordsOf, scoresOf, textOf } from './fields.ts'
import { parseEvent } from './overview.ts'
import { Statistics } from './statistics.ts'
import { Steps } from './steps.ts'
import { Tail } from './tail.ts'

/** More than this nobody reads. */
const MOST_EPOCHS = 5000
const MOST_FINDINGS = 200
const MOST_NOTICES = 100

/** What the log of a run holds for the page, all but the row of the list. */
export type Story = Pick<
  RunDetail,
  'loss' | 'rate' | 'throughput' | 'metrics' | 'epochs' | 'statistics' | 'findings' | 'notices'
>

/** Follows the log of a run for its page: every event is read. */
export class History {
  readonly #tail: Tail
  #start: Fields = {}
  #steps = new Steps()
  #epochs: EpochRow[] = []
  #statistics = new Statistics()
  #findings = new Map<string, FindingView>()
  #notices: string[] = []

  constructor(path: string) {
    this.#tail = new Tail(path)
  }

  /** Reads what is new. */
  update(): void {
    this.#tail.read(
      (bytes, start, end) => this.#event(parseEvent(bytes, start, end)),
      () => this.#restart(),
    )
  }

  #restart(): void {
    this.#start = {}
    this.#steps = new Steps()
    this.#epochs = []
    this.#statistics = new Statistics()
    this.#findings = new Map()
    this.#notices = []
  }

  #event(event: Fields | undefined): void {
    if (event?.type === 'start') this.#start = event
    else if (event?.type === 'step') this.#steps.add(event)
    else if (event?.type === 'epoch') this.#epoch(event)
    else if (event?.type === 'statistics') this.#statistics.add(event, this.#positionOf(event))
    else if (event?.type === 'finding') this.#finding(event)
    else if (event?.type === 'notice') this.#notice(event)
  }

  /** Where an event is on the axis of epochs. */
  #positionOf(event: Fields): number {
    const step = numberOf(event, 'step') ?? 0
    const perEpoch = numberOf(this.#start, 'stepsPerEpoch')
    return this.#steps.positionOf(step) ?? (perEpoch ? step / perEpoch : (numberOf(event, 'epoch') ?? 0))
  }

  #epoch(event: Fields): void {
    const epoch = numberOf(event, 'epoch')
    if (epoch === undefined || this.#epochs.length >= MOST_EPOCHS) return
    this.#epochs.push({
      epoch,
      x: this.#steps.positionOf(numberOf(event, 'step') ?? -1) ?? epoch,
      train: scoresOf(event, 'train'),
      ...(isFields(event.validation) && { validation: scoresOf(event, 'validation') }),
      best: event.best === true,
      seconds: numberOf(event, 'seconds'),
      samplesPerSecond: numberOf(event, 'samplesPerSecond'),
    })
  }

  /** A finding that comes again replaces the one before. */
  #finding(event: Fields): void {
    const title = textOf(event, 'title') ?? 'without a title'
    const key = `${textOf(event, 'check')}\n${title}`
    if (this.#findings.size >= MOST_FINDINGS && !this.#findings.has(key)) return
    const severity = event.severity
    this.#findings.set(key, {
      check: textOf(event, 'check') ?? '',
      severity: severity === 'fine' || severity === 'problem' ? severity : 'warning',
      title,
      step: numberOf(event, 'step') ?? 0,
      evidence: plainOf(event.evidence),
      explanation: textOf(event, 'explanation'),
      suggestions: recordsOf(event, 'suggestions', 5).map((held) => ({
        title: textOf(held, 'title') ?? '',
        ...(held.change !== undefined && { change: plainOf(held.change) }),
      })),
      more: textOf(event, 'more'),
    })
  }

  #notice(event: Fields): void {
    const message = textOf(event, 'message')
    if (message !== undefined && this.#notices.length < MOST_NOTICES) this.#notices.push(message)
  }

  /** The facts of the start that the page shows in words. */
  get facts(): [name: string, value: string][] {
    const start = this.#start
    const data = fieldsOf(start, 'data')
    const counts = ['train', 'validation', 'test'].flatMap((split) => {
      const count = numberOf(data, split)
      return count ? [`${count.toLocaleString('en-US')} ${split}`] : []
    })
    const shape = Array.isArray(data.inputShape) ? data.inputShape.slice(0, 6).join(' × ') : undefined
    const facts: [string, string | number | undefined][] = [
      ['data', textOf(data, 'name')],
      ['samples', counts.join(', ') || undefined],
      ['input', shape],
      ['classes', numberOf(data, 'classes')],
      ['multiply-adds', numberOf(fieldsOf(start, 'model'), 'multiplyAdds')?.toLocaleString('en-US')],
      ['batch size', numberOf(start, 'batchSize')],
      ['device', textOf(start, 'device')],
      ['threads', numberOf(start, 'threads')],
      ['seed', numberOf(start, 'seed')],
    ]
    return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  }

  get story(): Story {
    return {
      loss: this.#steps.loss,
      rate: this.#steps.rate,
      throughput: this.#steps.throughput,
      metrics: this.#steps.metrics,
      epochs: this.#epochs,
      statistics: this.#statistics.view(),
      findings: [...this.#findings.values()].sort((a, b) => rank(b) - rank(a)),
      notices: this.#notices,
    }
  }
}

/** The worst first. */
const rank = ({ severity }: FindingView) => ['fine', 'warning', 'problem'].indexOf(severity)
