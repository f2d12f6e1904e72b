import type {
  DataFacts,
  EndEvent,
  EpochEvent,
  EvaluationEvent,
  Finding,
  LabelDoubts,
  LayerFacts,
  RecipeFacts,
  StatisticsEvent,
  TrainEvent,
  WeightFacts,
} from '../train/index.ts'
import { type KnownStart, knownEpoch, knownEvaluation, knownStart, knownStatistics } from './known-forms.ts'

/** Statistics of a step, as far as they can be understood. */
export type Sample = StatisticsEvent

/**
 * What is known of a run, from its events alone: as far as it has come, and as much as its version told. What an event of
 * an unknown form says is missing here.
 */
export class RunHistory {
  start: KnownStart | undefined
  /** Loss of each step's batch, before the update, and the rates; NaN where a log has something else. */
  readonly losses: number[] = []
  readonly rates: number[] = []
  /** Those that were cut short have a `batch`. */
  readonly epochs: EpochEvent[] = []
  /** In the order of the steps; without histograms. */
  readonly samples: Sample[] = []
  /** What others found: how a loss that is not finite came about, for one. */
  readonly findings: Finding[] = []
  test: EvaluationEvent | undefined
  end: EndEvent | undefined

  /** The history that events tell. */
  static of(events: Iterable<TrainEvent>): RunHistory {
    const history = new RunHistory()
    for (const event of events) history.add(event)
    return history
  }

  /** Takes the next event. */
  add(event: TrainEvent): void {
    switch (event.type) {
      case 'start':
        this.end = undefined
        // A run that goes on says less.
        this.start = event.resumed && this.start ? this.start : knownStart(event)
        return
      case 'step':
        this.losses.push(typeof event.loss === 'number' ? event.loss : Number.NaN)
        this.rates.push(typeof event.rate === 'number' ? event.rate : Number.NaN)
        return
      case 'epoch':
        this.epochs.push(...present(knownEpoch(event)))
        return
      case 'statistics':
        this.samples.push(...present(knownStatistics(event)))
        return
      case 'finding':
        if (typeof event.title === 'string') this.findings.push(event)
        return
      case 'evaluation':
        if (event.split === 'test') this.test = knownEvaluation(event)
        return
      case 'end':
        this.end = event
    }
  }

  get recipe(): RecipeFacts | undefined {
    return this.start?.recipe
  }

  get facts(): DataFacts | undefined {
    return this.start?.facts
  }

  /** What the best weights think of the labels. */
  get doubts(): LabelDoubts | undefined {
    return this.test?.doubts
  }

  get weights(): readonly WeightFacts[] {
    return this.start?.weights ?? []
  }

  /** The layers that do the work, in the order of the calls: not those that only hold others. */
  get layers(): readonly LayerFacts[] {
    const all = this.start?.layers ?? []
    const holders = new Set(
      all.flatMap(({ path }) => ['', ...prefixes(path)].filter((held) => held !== path)),
    )
    return all.filter(({ path }) => !holders.has(path))
  }

  /** The epochs that were not cut short. */
  get wholeEpochs(): readonly EpochEvent[] {
    return this.epochs.filter(({ batch }) => batch === undefined)
  }

  /** Whether nothing is trained any more. */
  get isOver(): boolean {
    return this.test !== undefined || this.end !== undefined
  }
}

const present = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value])

/** `a.b.c` lies in `a` and in `a.b`. */
const prefixes = (path: string): string[] => {
  const parts = path.split('.')
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'))
}
