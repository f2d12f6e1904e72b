import { ensure, formatShape, type Shape, sizeOf, type Tensor } from '../../core/index.ts'
import { constant, type Value } from '../../graph/index.ts'
import { div, gather, gemm, reshape, sub } from '../../ops/index.ts'
import { channelsOf, checkNormalizer, type Normalizer } from '../normalizer.ts'
import type { Rows } from './preprocess.ts'

/** (x - mean) / std by channel: the first axis of a sample. */
export interface ScaleMap extends Normalizer {
  readonly kind: 'scale'
}

/** Some features of rows, in their order. */
export interface SelectMap {
  readonly kind: 'select'
  /** The numbers of those that stay. */
  readonly keep: Int32Array
}

/** W (x - mean): every output is a weighted sum of all features. */
export interface ProjectMap {
  readonly kind: 'project'
  /** [features] */
  readonly mean: Tensor<'float32'>
  /** W, [outputs, features]. In float32, as the graph has it, so that it is the same wherever it is used. */
  readonly matrix: Tensor<'float32'>
  /** Of what comes out of a sample, with `outputs` numbers. */
  readonly shape: Shape
}

/** What a fitted step does to a sample: plain data, for the host, the graph and the file alike. */
export type FittedMap = ScaleMap | SelectMap | ProjectMap

/**
 * The shape of a sample after a map.
 * @throws if the map was fitted to samples of another shape.
 */
export function shapeAfter(map: FittedMap, shape: Shape): Shape {
  if (map.kind === 'scale') {
    checkNormalizer(map, channelsOf(shape).count)
    return shape
  }
  if (map.kind === 'select') {
    const fits = shape.length === 1 && map.keep.every((feature) => feature >= 0 && feature < shape[0]!)
    ensure(fits, `preprocessing: expected rows with the features it keeps, got ${formatShape(shape)}`)
    return [map.keep.length]
  }
  const size = sizeOf(shape)
  const [features = 0] = map.mean.shape
  ensure(
    features === size && sizeOf(map.matrix.shape) === size * sizeOf(map.shape),
    `preprocessing: expected samples of ${features} numbers, got ${formatShape(shape)}`,
    'fit it on the data that it is used for',
  )
  return map.shape
}

/** Part of the graph: x [N, ...shape] -> [N, ...shape after the map]. */
export function applyMap(map: FittedMap, x: Value): Value {
  if (map.kind === 'scale') return scaled(x, map)
  if (map.kind === 'select') return gather(x, [...map.keep], { axis: 1 })
  const [batch] = x.shape as [number]
  const rows = x.rank === 2 ? x : reshape(x, [batch, sizeOf(map.mean.shape)])
  const projected = gemm(sub(rows, constant(map.mean)), constant(map.matrix), { transB: true })
  return map.shape.length === 1 ? projected : reshape(projected, [batch, ...map.shape])
}

/** (x - mean) / std by channel; the channel is axis 1. */
export function scaled(x: Value, { mean, std }: Normalizer): Value {
  const perChannel = (values: readonly number[]) =>
    constant(values, x.dtype, [values.length, ...x.shape.slice(2).map(() => 1)])
  return div(sub(x, perChannel(mean)), perChannel(std))
}

/** The same for `count` samples in host memory. */
export function mapRows(map: FittedMap, rows: Rows, count: number): Float64Array {
  if (map.kind === 'scale') return scaleRows(map, rows, count)
  if (map.kind === 'project') return projectRows(map, rows, count)
  const { keep } = map
  const features = rows.length / count
  const result = new Float64Array(count * keep.length)
  for (let i = 0; i < count; i++)
    for (let k = 0; k < keep.length; k++) result[i * keep.length + k] = rows[i * features + keep[k]!]!
  return result
}

function scaleRows({ mean, std }: ScaleMap, rows: Rows, count: number): Float64Array {
  const result = new Float64Array(rows.length)
  const plane = rows.length / count / mean.length
  for (let from = 0, c = 0; from < rows.length; from += plane, c = (c + 1) % mean.length) {
    const [m, s] = [mean[c]!, std[c]!]
    for (let i = from; i < from + plane; i++) result[i] = (rows[i]! - m) / s
  }
  return result
}

function projectRows(map: ProjectMap, rows: Rows, count: number): Float64Array {
  const { shape } = map
  const [mean, matrix] = [map.mean.data, map.matrix.data]
  const [features, outputs] = [mean.length, sizeOf(shape)]
  const result = new Float64Array(count * outputs)
  const centered = new Float64Array(features)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < features; j++) centered[j] = rows[i * features + j]! - mean[j]!
    for (let k = 0; k < outputs; k++) {
      let sum = 0
      for (let j = 0, at = k * features; j < features; j++, at++) sum += matrix[at]! * centered[j]!
      result[i * outputs + k] = sum
    }
  }
  return result
}
