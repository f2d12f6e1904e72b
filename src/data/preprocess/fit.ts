import { type Shape, sizeOf } from '../../core/index.ts'
import type { Value } from '../../graph/index.ts'
import { chunksOf } from '../chunks.ts'
import { type Indices, resolveIndices, type Split } from '../dataset.ts'
import type { Normalizer } from '../normalizer.ts'
import { plainGram } from './covariance.ts'
import { applyMap, type FittedMap, mapRows, type ScaleMap, shapeAfter } from './maps.ts'
import type { Gram, Preprocess, Rows } from './preprocess.ts'

/** Fitted preprocessing: what happens to each sample, raw, before the model sees it. */
export interface Preprocessing {
  /** As it was written, such as `standardize(), pca({ variance: 0.99 })`; empty for none. */
  readonly name: string
  /** Of a raw sample. */
  readonly inputShape: Shape
  /** Of a sample as the model sees it. */
  readonly outputShape: Shape
  /** All that was fitted, in order: plain data. */
  readonly maps: readonly FittedMap[]
  /** What a person should know, such as the features that are dropped. */
  readonly notices: readonly string[]
  /** What loaders do while they make batches; undefined if that is nothing. */
  readonly normalizer: Normalizer | undefined
  /** Whether anything is left for {@link apply}. */
  readonly inGraph: boolean
  /** What is left, as part of the graph: x [N, ...inputShape] from a loader -> [N, ...outputShape]. */
  apply(x: Value): Value
  /** The same for `count` samples in host memory. */
  applyTo(rows: Rows, count: number): Float32Array
}

export interface FitPreprocessOptions {
  /** Which samples to look at (default all): leave out those to validate on. */
  readonly indices?: Indices
  /** Multiplies matrices, which is most of the work for many features; plain loops by default. */
  readonly gram?: Gram
  /** Is told how far a step is that takes long; at last that it is done. */
  readonly watch?: PreprocessWatcher
}

/** Is told how far preprocessing is. */
export type PreprocessWatcher = (progress: PreprocessProgress) => void

export interface PreprocessProgress {
  /** As it was written, such as `pca({ variance: 0.99 })`. */
  readonly step: string
  /** The share that is done, from 0 to 1. */
  readonly done: number
}

/**
 * Fits preprocessing to training samples: every step goes through them once, as the steps before it leave them.
 * Samples may be in memory or come from a reader.
 * @throws naming the step that does not fit such samples.
 */
export async function fitPreprocess(
  { name, steps }: Preprocess,
  split: Split,
  { indices = 'all', gram = plainGram, watch }: FitPreprocessOptions = {},
): Promise<Preprocessing> {
  const maps: FittedMap[] = []
  const notices: string[] = []
  const count = indices === 'all' ? split.count : resolveIndices(split, indices, 'preprocess').length
  let { shape } = split
  for (const step of steps) {
    const before = [...maps]
    const blocks = () => blocksOf(split, indices, before)
    const watched = watch && ((done: number) => watch({ step: step.name, done }))
    const fitted = await step.fit({ shape, count, blocks, gram, watch: watched })
    watched?.(1)
    maps.push(...fitted.maps)
    notices.push(...fitted.notices)
    shape = fitted.maps.reduce((at, map) => shapeAfter(map, at), shape)
  }
  return preprocessing({ name, inputShape: split.shape, maps, notices })
}

/**
 * Preprocessing from its plain data.
 * @throws if the maps do not follow from one another, or are not for samples of this shape.
 */
export function preprocessing(
  parts: Pick<Preprocessing, 'name' | 'inputShape' | 'maps' | 'notices'>,
): Preprocessing {
  const { inputShape, maps } = parts
  const outputShape = maps.reduce((shape, map) => shapeAfter(map, shape), inputShape)
  const scales = leadingScales(maps)
  const rest = maps.slice(scales.length)
  return {
    ...parts,
    outputShape,
    normalizer: merged(scales),
    inGraph: rest.length > 0,
    apply: (x) => rest.reduce((value, map) => applyMap(map, value), x),
    applyTo: (rows, count) =>
      Float32Array.from(rest.reduce<Rows>((values, map) => mapRows(map, values, count), rows)),
  }
}

function leadingScales(maps: readonly FittedMap[]): ScaleMap[] {
  const end = maps.findIndex(({ kind }) => kind !== 'scale')
  return maps.slice(0, end < 0 ? maps.length : end) as ScaleMap[]
}

/** Scales one after another as one: ((x - m) / s - n) / t is (x - (m + n s)) / (s t). */
function merged(scales: readonly ScaleMap[]): Normalizer | undefined {
  const [first, ...others] = scales
  if (!first) return undefined
  const start: Normalizer = { mean: first.mean, std: first.std }
  return others.reduce(
    ({ mean, std }, next) => ({
      mean: mean.map((m, c) => m + next.mean[c]! * std[c]!),
      std: std.map((s, c) => s * next.std[c]!),
    }),
    start,
  )
}

/** Most samples in a block, and most numbers. */
const [ROWS, NUMBERS] = [1024, 2 ** 22]

/** Blocks of samples after some maps; raw ones are views of what is in memory. */
async function* blocksOf(
  split: Split,
  indices: Indices,
  maps: readonly FittedMap[],
): AsyncGenerator<Rows, void, undefined> {
  const size = sizeOf(split.shape)
  const most = Math.max(1, Math.min(ROWS, Math.floor(NUMBERS / size)))
  for await (const { inputs, samples } of chunksOf(split, indices))
    for (let at = 0; at < samples.length; at += most) {
      const count = Math.min(most, samples.length - at)
      const rows: Rows = inputs.subarray(at * size, (at + count) * size)
      yield maps.reduce<Rows>((values, map) => mapRows(map, values, count), rows)
    }
}
