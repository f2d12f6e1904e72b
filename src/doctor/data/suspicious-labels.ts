import { Random, sizeOf } from '../../core/index.ts'
import { type ClassificationData, channelsOf, chunksOf } from '../../data/index.ts'
import { Graph, input } from '../../graph/index.ts'
import { matmul, transpose } from '../../ops/index.ts'
import { compileGraph } from '../../runtime/index.ts'

/** What the neighbors of training samples say about their labels. */
export interface LabelReport {
  /** How many samples were looked at. */
  readonly looked: number
  /** How often the neighbors have the label of the sample, 0 to 1. */
  readonly agreement: number
  /** Samples whose neighbors agree on another label, the surest first; the first 100. Empty where agreement is low. */
  readonly suspicious: readonly SuspiciousLabel[]
  readonly count: number
}

export interface SuspiciousLabel {
  /** Its number in the training split, from 0. */
  readonly sample: number
  /** What a person calls it, such as the path of its picture, where the data tell. */
  readonly name?: string
  readonly label: string
  /** What its neighbors are. */
  readonly neighbors: string
  /** The share of them that are, 0 to 1. */
  readonly share: number
}

const LOOKED = 5000
const NEIGHBORS = 10
/** Where neighbors are right less often than this, pixels or features alone do not tell classes apart. */
const TELLING = 0.8
/** So many of the neighbors must be of one other class. */
const AGREED = 0.8
const SHOWN = 100

/**
 * Compares each sample with its 10 nearest neighbors among up to 5,000: samples that lie in the middle of another class are
 * labelled wrong more often than not, provided that neighbors tell classes apart at all.
 * Source: Wilson, Asymptotic properties of nearest neighbor rules using edited data, 1972.
 */
export async function suspiciousLabels(data: ClassificationData): Promise<LabelReport> {
  const { train, classes } = data
  const order = new Random('suspicious labels').permutation(train.count).subarray(0, LOOKED).sort()
  const { points, width } = await pointsOf(data, order)
  const scores = await similarities(points, order.length, width)
  const verdicts = [...order].map((sample, row) => {
    const nearest = largest(scores.subarray(row * order.length, (row + 1) * order.length), row)
    return vote(
      nearest.map((i) => train.labels[order[i]!]!),
      train.labels[sample]!,
    )
  })
  const agreement = verdicts.filter(({ agrees }) => agrees).length / verdicts.length
  const suspicious = verdicts
    .flatMap(({ agrees, winner, share }, row) => {
      const sample = order[row]!
      if (agrees || share < AGREED || agreement < TELLING) return []
      const name = train.nameOf?.(sample)
      const names = { label: classes[train.labels[sample]!]!, neighbors: classes[winner]! }
      return [{ sample, ...(name !== undefined && { name }), ...names, share }]
    })
    .sort((a, b) => b.share - a.share)
  return {
    looked: order.length,
    agreement,
    suspicious: suspicious.slice(0, SHOWN),
    count: suspicious.length,
  }
}

/** Each sample as a point of unit length around the mean: pictures shrunk to at most 8x8 a channel, features standardized. */
async function pointsOf(
  { train, inputShape }: ClassificationData,
  order: Uint32Array,
): Promise<{ points: Float32Array; width: number }> {
  const size = sizeOf(inputShape)
  const shrink = shrinker(inputShape)
  const points = new Float32Array(order.length * shrink.width)
  let row = 0
  for await (const { inputs, samples } of chunksOf(train, order))
    for (let i = 0; i < samples.length; i++)
      shrink.into(inputs.subarray(i * size, (i + 1) * size), points, row++ * shrink.width)
  standardize(points, order.length, shrink.width, inputShape.length === 1)
  return { points, width: shrink.width }
}

interface Shrinker {
  readonly width: number
  into(sample: Uint8Array | Float32Array, out: Float32Array, at: number): void
}

/** Averages blocks of pixels; rows of a table stay as they are. */
function shrinker(shape: readonly number[]): Shrinker {
  const size = sizeOf(shape)
  if (shape.length !== 3) return { width: size, into: (sample, out, at) => out.set(sample, at) }
  const [channels, height, width] = shape as [number, number, number]
  const [rows, columns] = [Math.min(8, height), Math.min(8, width)]
  const { plane } = channelsOf(shape)
  const counts = new Float32Array(rows * columns)
  const cellOf = Uint16Array.from({ length: plane }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width]
    return Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width)
  })
  for (const cell of cellOf) counts[cell]!++
  return {
    width: channels * rows * columns,
    into(sample, out, at) {
      for (let c = 0; c < channels; c++) {
        const to = at + c * rows * columns
        for (let i = 0; i < plane; i++) out[to + cellOf[i]!]! += sample[c * plane + i]!
        counts.forEach((count, cell) => {
          out[to + cell]! /= count
        })
      }
    },
  }
}

/** Points around the mean, of unit length; features of a table are brought to one scale before. */
function standardize(points: Float32Array, count: number, width: number, scale: boolean): void {
  for (let j = 0; j < width; j++) {
    let [sum, squares] = [0, 0]
    for (let i = j; i < points.length; i += width) sum += points[i]!
    const mean = sum / count
    for (let i = j; i < points.length; i += width) squares += (points[i]! - mean) ** 2
    const std = scale && squares > 0 ? Math.sqrt(squares / count) : 1
    for (let i = j; i < points.length; i += width) points[i] = (points[i]! - mean) / std
  }
  for (let row = 0; row < count; row++) {
    const point = points.subarray(row * width, (row + 1) * width)
    const length = Math.hypot(...point) || 1
    point.forEach((value, j) => {
      point[j] = value / length
    })
  }
}

/** The cosine between all pairs of points, [count, count]. */
async function similarities(points: Float32Array, count: number, width: number): Promise<Float32Array> {
  const x = input('points', [count, width])
  const program = await compileGraph(new Graph([x], { scores: matmul(x, transpose(x, [1, 0])) }))
  const { scores } = await program.call({ points })
  return scores!.data as Float32Array
}

/** The places of the largest scores, but for `own`. */
function largest(scores: Float32Array, own: number): number[] {
  const best: number[] = []
  for (let i = 0; i < scores.length; i++) {
    if (i === own || (best.length === NEIGHBORS && scores[i]! <= scores[best[NEIGHBORS - 1]!]!)) continue
    let at = best.length
    while (at > 0 && scores[best[at - 1]!]! < scores[i]!) at--
    best.splice(at, 0, i)
    if (best.length > NEIGHBORS) best.pop()
  }
  return best
}

function vote(labels: readonly number[], own: number): { agrees: boolean; winner: number; share: number } {
  const counts = new Map<number, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  const [winner, votes] = [...counts].sort(([a, m], [b, n]) => n - m || a - b)[0] ?? [own, 0]
  return { agrees: winner === own, winner, share: votes / Math.max(1, labels.length) }
}
