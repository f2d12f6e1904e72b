import type { Json, JsonObject } from '../core/index.ts'
import type { DataFacts } from './facts/data-facts.ts'
import type { LabelDoubts } from './facts/label-doubts.ts'
import type { RecipeFacts } from './facts/recipe-facts.ts'
import type { WeightFacts } from './facts/weight-facts.ts'
import type { StatisticsEvent } from './statistics-event.ts'

/**
 * What happens in training, as a stream. The terminal, the run folder and every other watcher read these events and
 * nothing else; each is plain JSON with a `type`.
 */
export type TrainEvent =
  | StartEvent
  | StepEvent
  | EvaluationEvent
  | EpochEvent
  | StatisticsEvent
  | CheckpointEvent
  | NoticeEvent
  | FindingEvent
  | EndEvent

export interface EventBase {
  /** When it happened: ISO 8601, UTC. */
  readonly time: string
  /** How many training steps have been done; 0 before the first. */
  readonly step: number
}

/** How well the model does on some samples. Metrics without a name here have their own. */
export interface Scores {
  /** Mean loss per sample. */
  readonly loss: number
  /** Fraction of samples classified right, 0 to 1; absent where there are no classes. */
  readonly accuracy?: number
  /** Root of the mean squared error in the units of the data; absent where no numbers are predicted. */
  readonly rmse?: number
  /** Share of the variance of the numbers to predict that is explained, at most 1; only of whole splits. */
  readonly r2?: number
  readonly [metric: string]: number | undefined
}

/** The first event of a run, and of each resumption. */
export interface StartEvent extends EventBase {
  readonly type: 'start'
  /** The run folder. */
  readonly run: string
  /** Whether the run goes on from a checkpoint; `step` is then that of the checkpoint. */
  readonly resumed: boolean
  readonly data: DataSummary
  readonly model: ModelSummary
  readonly epochs: number
  readonly batchSize: number
  readonly stepsPerEpoch: number
  /** Where the steps run, such as `cpu`. */
  readonly device: string
  readonly threads: number
  /** What all random streams are derived from. */
  readonly seed: number
  /** What the recipe says. This and the next are absent in runs of older versions. */
  readonly recipe?: RecipeFacts
  /** What the data are like. */
  readonly facts?: DataFacts
  /** How the weights start; absent in the start of a run that goes on. */
  readonly weights?: readonly WeightFacts[]
}

export interface DataSummary {
  readonly name: string
  /** Samples per split. */
  readonly train: number
  readonly validation: number
  readonly test: number
  /** Shape of one sample, without the batch axis. */
  readonly inputShape: readonly number[]
  /** Number of classes; absent where there are none. */
  readonly classes?: number
}

export interface ModelSummary {
  readonly name: string
  /** Number of trainable elements. */
  readonly parameters: number
  /** Multiply-adds of the forward pass of one sample. */
  readonly multiplyAdds: number
  /** Every layer in the order of the calls. Absent in runs of older versions. */
  readonly layers?: readonly LayerFacts[]
}

/** A layer of the model. */
export interface LayerFacts {
  /** Such as `block1.conv2`; empty for the model itself. */
  readonly path: string
  /** Such as `conv2d`. */
  readonly type: string
  /** Shape of its output, without the batch axis. */
  readonly shape: readonly number[]
  /** Names of its own parameters, such as `block1.conv2.weight`. */
  readonly parameters: readonly string[]
}

/** One training step was done. */
export interface StepEvent extends EventBase {
  readonly type: 'step'
  /** The epoch that the step belongs to, from 1. */
  readonly epoch: number
  /** The step's number within its epoch, from 1, and how many the epoch has. */
  readonly batch: number
  readonly batches: number
  /** Mean loss of the batch, before the update. */
  readonly loss: number
  /** Learning rate of the update. */
  readonly rate: number
  /** Other measures of the batch, such as `accuracy` (0 to 1) or `rmse`. */
  readonly metrics: Readonly<Record<string, number>>
  /** Duration of the step itself. */
  readonly seconds: number
  /** How long the step had to wait for its batch before, in seconds. Absent in logs of older versions. */
  readonly waited?: number
  readonly samplesPerSecond: number
}

/** The model was evaluated on a whole split. */
export interface EvaluationEvent extends EventBase {
  readonly type: 'evaluation'
  readonly split: 'validation' | 'test'
  readonly epoch: number
  readonly scores: Scores
  readonly samples: number
  /** With the test split: what the best weights think of the labels that they were trained on; absent where there are no classes. */
  readonly doubts?: LabelDoubts
  readonly seconds: number
}

/** An epoch is over, its evaluation included. */
export interface EpochEvent extends EventBase {
  readonly type: 'epoch'
  /** From 1. */
  readonly epoch: number
  readonly epochs: number
  /** Number of steps of the epoch. */
  readonly batches: number
  /** How many of them were done; absent if all were, as they are unless the run was given fewer steps. */
  readonly batch?: number
  /** Means over the epoch's batches, measured while the model was changing. */
  readonly train: Scores
  /** Absent without a validation split. */
  readonly validation?: Scores
  /** Whether no epoch was better so far. */
  readonly best: boolean
  /** Learning rate of the epoch's last step. */
  readonly rate: number
  readonly seconds: number
  /** Training samples per second of training time, evaluation excluded. */
  readonly samplesPerSecond: number
}

/** A checkpoint was written. It holds the state after `step`; whatever follows it can be lost and done again. */
export interface CheckpointEvent extends EventBase {
  readonly type: 'checkpoint'
  readonly kind: 'last' | 'best'
  readonly path: string
  readonly epoch: number
}

/** Something that the person should know, in words. */
export interface NoticeEvent extends EventBase {
  readonly type: 'notice'
  readonly message: string
}

/** A check found something out about the run. */
export interface FindingEvent extends EventBase, Finding {
  readonly type: 'finding'
}

/** What a check found out. */
export interface Finding {
  /** Name of the check. */
  readonly check: string
  readonly severity: 'fine' | 'warning' | 'problem'
  /** One line: what is so, and where. */
  readonly title: string
  /** The numbers that it rests on. */
  readonly evidence: Json
  /** Why that matters, in a sentence or two, as the textbook has it. */
  readonly explanation?: string
  /** Names of checks whose findings follow from this one, and are not told apart from it. */
  readonly consequences?: readonly string[]
  /** What to try, the most promising first; none if all is well. */
  readonly suggestions?: readonly Suggestion[]
  /** Where to read more: a section of the docs or a paper. */
  readonly more?: string
}

/** A change of the recipe to try. */
export interface Suggestion {
  /** In words, such as `take a tenth of the learning rate`. */
  readonly title: string
  /** In terms of the recipe's fields, such as `{ rate: 0.01 }`, where it can be said so; what can be applied is applied by it. */
  readonly change?: JsonObject
}

/** The last event: what came out. */
export interface EndEvent extends EventBase, RunSummary {
  readonly type: 'end'
}

/** The result of a run, also kept as `summary.json`. */
export interface RunSummary {
  /** The run folder. */
  readonly run: string
  /** Whether all epochs were done, the person stopped it, or training failed. */
  readonly outcome: 'finished' | 'interrupted' | 'failed'
  /** Scores of the best weights on the test split; absent if it was not evaluated. */
  readonly testAccuracy?: number
  readonly testLoss?: number
  readonly testRmse?: number
  readonly testR2?: number
  /** The epoch of the best weights, from 1. */
  readonly bestEpoch?: number
  /** Epochs and steps that were done. */
  readonly epochs: number
  readonly steps: number
  /** Wall-clock time of the whole run, interruptions excluded. */
  readonly seconds: number
  /** Training samples per second of training time. */
  readonly imagesPerSecond: number
  /** Share of the training time in which steps waited for their data, 0 to 1. Absent if it was not measured. */
  readonly waiting?: number
  readonly parameters: number
  /** Files that came out, such as `model.onnx`. */
  readonly files: readonly string[]
}

/** The names of all event types. */
export const eventTypes = [
  'start',
  'step',
  'evaluation',
  'epoch',
  'statistics',
  'checkpoint',
  'notice',
  'finding',
  'end',
] as const satisfies readonly TrainEvent['type'][]

/** Takes events, one after the other; may take its time, which the run waits for. */
export type Sink = (event: TrainEvent) => void | Promise<void>

/** One sink that hands each event to all of `sinks`, in their order. */
export function fanOut(...sinks: readonly Sink[]): Sink {
  return async (event) => {
    for (const sink of sinks) await sink(event)
  }
}

/** Looks at every event, and says what it found out about the run by then, if anything. */
export type Watcher = (event: TrainEvent) => readonly Finding[]

/** A sink that hands each event on, and then what the watcher has to say about it. */
export function watched(sink: Sink, watch: Watcher = () => []): Sink {
  return async (event) => {
    await sink(event)
    for (const finding of watch(event)) {
      await sink({ type: 'finding', time: event.time, step: event.step, ...finding })
    }
  }
}

/** An event as its author gives it: without the time. */
export type Untimed<E extends TrainEvent = TrainEvent> = E extends TrainEvent ? Omit<E, 'time'> : never

/** A function that stamps events with the time and hands them to `sinks`. */
export function emitter(...sinks: readonly Sink[]): (event: Untimed) => Promise<void> {
  const all = fanOut(...sinks)
  return async (event) => all({ time: new Date().toISOString(), ...event } as TrainEvent)
}
