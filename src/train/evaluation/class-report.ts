import { ensure } from '../../core/index.ts'
import { Graph, input } from '../../graph/index.ts'
import type { Loss } from '../../nn/index.ts'
import { type CompileOptions, compileGraph, type Program } from '../../runtime/index.ts'
import { names } from '../step/training-graph.ts'
import {
  bestOf,
  type Calibration,
  type ClassScores,
  type Confusion,
  calibrationOf,
  classScores,
  confusionOf,
  meanScores,
  mostConfused,
  type PrecisionRecall,
  topShare,
  wilsonInterval,
} from './metrics/index.ts'
import type { Predictions } from './predictions.ts'

/** How well classes are told apart. Shares are from 0 to 1. */
export interface ClassReport {
  readonly task: 'classification'
  /** Mean of the loss that was trained with, of the probabilities that were averaged over the views. */
  readonly loss: number
  readonly accuracy: number
  /** 95% interval of the accuracy (Wilson): what other samples of this number may give. */
  readonly interval: readonly [low: number, high: number]
  /** Share of samples whose class is among the five likeliest; absent with fewer than ten classes. */
  readonly top5?: number
  /** Mean over classes. */
  readonly macro: PrecisionRecall
  /** Mean over classes by their samples. */
  readonly weighted: PrecisionRecall
  readonly classes: readonly (ClassScores & { readonly name: string })[]
  readonly calibration: Calibration
  /** `confusion[label][predicted]`, numbers of samples. */
  readonly confusion: Confusion
  /** What is taken for what, the most frequent first, at most 20. */
  readonly confused: readonly NamedPair[]
  /** The samples with the highest loss, that first. */
  readonly worst: readonly WorstSample[]
}

export interface NamedPair {
  readonly label: string
  readonly predicted: string
  readonly count: number
  /** Of the samples of the class. */
  readonly share: number
}

/** A sample that the network finds surprising. */
export interface WorstSample {
  /** Its number in the data set's split; that of training, for validation samples. */
  readonly sample: number
  /** What a person calls it, such as the path of its picture, where the data tell. */
  readonly name?: string
  readonly label: string
  readonly predicted: string
  /** Of the class that it has. */
  readonly probability: number
  /** Of the class that was predicted. */
  readonly confidence: number
  /** Minus the logarithm of the probability. */
  readonly loss: number
}

interface Parts {
  /** Logarithms of probabilities. */
  readonly predictions: Predictions
  readonly classes: readonly string[]
  /** How many of the worst samples are listed. */
  readonly worst: number
  /** See {@link lossOf}. */
  readonly loss: number
}

/** With fewer classes, nearly all are among the five likeliest. */
const FEWEST_FOR_TOP5 = 10
const CONFUSED = 20

export function classReport({ predictions, classes, worst, loss }: Parts): ClassReport {
  const { values, width, labels } = predictions
  const rows = { values, width }
  const predicted = bestOf(rows)
  const right = predicted.map((c, i) => Number(c === labels[i]))
  const count = right.reduce((sum, one) => sum + one, 0)
  const confidence = Float64Array.from(predicted, (c, i) => Math.exp(values[i * width + c]!))
  const confusion = confusionOf(labels, predicted, classes.length)
  const scores = classScores(confusion)
  return {
    task: 'classification',
    loss,
    accuracy: count / labels.length,
    interval: wilsonInterval(count, labels.length),
    ...(classes.length >= FEWEST_FOR_TOP5 && { top5: topShare(rows, labels, 5) }),
    macro: meanScores(scores, 'macro'),
    weighted: meanScores(scores, 'weighted'),
    classes: scores.map((score, c) => ({ name: classes[c]!, ...score })),
    calibration: calibrationOf(confidence, right),
    confusion,
    confused: mostConfused(confusion, CONFUSED).map((pair) => ({
      label: classes[pair.label]!,
      predicted: classes[pair.predicted]!,
      count: pair.count,
      share: pair.count / scores[pair.label]!.support,
    })),
    worst: worstOf(predictions, predicted, classes, worst),
  }
}

function worstOf(
  { values, width, labels, samples }: Predictions,
  predicted: Int32Array,
  classes: readonly string[],
  most: number,
): WorstSample[] {
  const surprise = (i: number) => -values[i * width + labels[i]!]!
  const order = Uint32Array.from(labels.keys()).sort((a, b) => surprise(b) - surprise(a) || a - b)
  return Array.from(order.subarray(0, most), (i) => ({
    sample: samples[i]!,
    label: classes[labels[i]!]!,
    predicted: classes[predicted[i]!]!,
    probability: Math.exp(-surprise(i)),
    confidence: Math.exp(values[i * width + predicted[i]!]!),
    loss: surprise(i),
  }))
}

/**
 * The mean of a loss over samples, from the logarithms of their probabilities. Those are scores as good as the network's own:
 * softmax gives the same probabilities, and what losses make of scores does not change with a number added to all of them.
 * @param batchSize that of other evaluations: a loss that weights classes does so by batch.
 */
export async function meanLoss(
  loss: Loss,
  { values, width, labels }: Predictions,
  { batchSize, ...options }: CompileOptions & { readonly batchSize: number },
): Promise<number> {
  const isYesNo = loss.task === 'binary'
  const outputs = isYesNo ? 1 : width
  const programs = new Map<number, Program>()
  let total = 0
  for (let start = 0; start < labels.length; start += batchSize) {
    const count = Math.min(batchSize, labels.length - start)
    const program = programs.get(count) ?? (await compileGraph(lossGraph(loss, [count, outputs]), options))
    programs.set(count, program)
    const [scores, targets] = [names.inputs, names.targets].map((name) => program.inputs[name]!.data)
    for (let i = 0; i < count * outputs; i++) {
      const at = start * width + i * (width / outputs)
      scores![i] = isYesNo ? values[at + 1]! - values[at]! : values[at]!
    }
    for (let i = 0; i < count; i++) targets![i] = labels[start + i]!
    await program.run()
    total += Number(program.outputs[names.loss]!.data[0]) * count
  }
  return total / labels.length
}

function lossGraph(loss: Loss, shape: readonly [count: number, outputs: number]): Graph {
  const scores = input(names.inputs, shape)
  const targets = input(names.targets, loss.targetShape(shape), loss.targetDType)
  ensure(targets.shape[0] === shape[0], `${loss.name}: expected one target for each sample`)
  return new Graph([scores, targets], { [names.loss]: loss.apply(scores, targets) })
}
