import { type Shape, sizeOf, tensor } from '../../core/index.ts'
import type { Value } from '../../graph/index.ts'
import type { Loss } from '../../nn/index.ts'
import { compile } from '../../runtime/index.ts'
import type { Samples } from './subject.ts'

/** Landmarks of a loss on some samples, found by handing it outputs. */
export interface LossValues {
  /** The loss of a model that knows nothing: all scores 0; for numbers to predict, always their mean. Such as ln C. */
  readonly chance: number
  /** The least that outputs can reach: 0 but for losses such as cross-entropy with label smoothing. */
  readonly floor: number
  /** The loss of outputs that are the right probabilities, 0 and 1, instead of scores; undefined for numbers to predict. */
  readonly probabilities: number | undefined
  /** What the loss is multiplied by if every sample is there twice: 1 for a mean, 2 for a sum. */
  readonly repeated: number
}

/** Scores of the right answers, from hesitant to sure. */
const SCORES = Array.from({ length: 40 }, (_, i) => i + 1)

/**
 * What a loss is where outputs know nothing, and where they know all.
 * @param sample the shape of the model's output without the batch axis.
 */
export async function lossValues(loss: Loss, sample: Shape, samples: Samples): Promise<LossValues> {
  const { labels, count } = samples
  const width = sizeOf(sample)
  const apply = compile((y: Value, t: Value) => loss.apply(y, t), { threads: 1, lowering: false })
  const at = async (outputs: ArrayLike<number>, targets: ArrayLike<number> = labels) => {
    const shape = [outputs.length / width, ...sample]
    const given = tensor(Array.from(targets), loss.targetShape(shape), loss.targetDType)
    return Number((await apply(tensor(Array.from(outputs), shape), given)).data[0])
  }
  const nothing = new Array<number>(count * width).fill(0)
  const chance = await at(nothing)
  const twice = await at([...nothing, ...nothing], [...labels, ...labels])
  const repeated = chance === 0 ? 1 : twice / chance
  if (loss.task === 'regression') {
    const means = nothing.map((_, i) => meanOf(labels, i % width, width))
    return {
      chance: Math.min(chance, await at(means)),
      floor: await at(labels),
      probabilities: undefined,
      repeated,
    }
  }
  const right = loss.task === 'binary' ? Array.from(labels) : oneHot(labels, width)
  const wrong = loss.task === 'binary' ? -1 : 0
  let floor = chance
  for (const score of SCORES)
    floor = Math.min(floor, await at(right.map((p) => score * (p > 0.5 ? 1 : wrong))))
  return { chance, floor, probabilities: await at(right), repeated }
}

/** Where a loss lies between the least (0) and that of a model that knows nothing (1). */
export const shareOf = (loss: number, { floor, chance }: LossValues): number =>
  (loss - floor) / (chance - floor)

/** The right class of each sample as probabilities, [N * C]. */
function oneHot(labels: ArrayLike<number>, classes: number): number[] {
  return Array.from({ length: labels.length * classes }, (_, i) =>
    labels[Math.floor(i / classes)] === i % classes ? 1 : 0,
  )
}

/** The mean of a column of rows of `width` numbers. */
function meanOf(values: ArrayLike<number>, column: number, width: number): number {
  let sum = 0
  for (let i = column; i < values.length; i += width) sum += values[i]!
  return sum / (values.length / width)
}
