import { GradusError, type Shape, sizeOf, type Tensor, tensor } from '../../core/index.ts'
import { type Preprocessing, preprocessing } from './fit.ts'
import type { FittedMap } from './maps.ts'

/** What the names of the tensors begin with. */
export const PREPROCESS = 'preprocess/'

/**
 * Preprocessing as named tensors, for checkpoints: `preprocess/0/scale/mean`, with the number of the map and its kind.
 * Together with its name and the shape of the samples it is all that {@link fromTensors} needs.
 */
export function toTensors({ maps }: Preprocessing): Map<string, Tensor> {
  const named = maps.flatMap((map, i) =>
    Object.entries(tensorsOf(map)).map(
      ([key, held]) => [`${PREPROCESS}${i}/${map.kind}/${key}`, held] as const,
    ),
  )
  return new Map(named)
}

function tensorsOf(map: FittedMap): Record<string, Tensor> {
  if (map.kind === 'select') return { keep: tensor(map.keep, [map.keep.length], 'int32') }
  if (map.kind === 'scale') {
    const shape = [map.mean.length]
    return { mean: tensor(map.mean, shape, 'float64'), std: tensor(map.std, shape, 'float64') }
  }
  return { mean: map.mean, matrix: { ...map.matrix, shape: [...map.shape, ...map.mean.shape] } }
}

/**
 * The preprocessing that {@link toTensors} took apart; without any such tensors, one that does nothing.
 * @param tensors may hold others besides.
 * @throws if some are missing, or for samples of another shape.
 */
export function fromTensors(
  tensors: ReadonlyMap<string, Tensor>,
  { name, inputShape }: { readonly name: string; readonly inputShape: Shape },
): Preprocessing {
  const places = new Map<number, string>()
  for (const key of tensors.keys()) {
    const [, place, kind] = /^preprocess\/(\d+)\/(\w+)\//.exec(key) ?? []
    if (place !== undefined) places.set(Number(place), kind!)
  }
  const maps = [...places]
    .sort(([a], [b]) => a - b)
    .map(([place, kind]) => mapFrom(kind, (key) => find(tensors, `${PREPROCESS}${place}/${kind}/${key}`)))
  return preprocessing({ name, inputShape, maps, notices: [] })
}

function find(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const found = tensors.get(name)
  if (found) return found
  throw new GradusError(`checkpoint: expected a tensor "${name}", found none`, ['the file is damaged'])
}

function mapFrom(kind: string, part: (key: string) => Tensor): FittedMap {
  if (kind === 'scale')
    return {
      kind,
      mean: Array.from(part('mean').data as Float64Array),
      std: Array.from(part('std').data as Float64Array),
    }
  if (kind === 'select') return { kind, keep: part('keep').data as Int32Array }
  if (kind === 'project') {
    const [mean, matrix] = [part('mean'), part('matrix')] as [Tensor<'float32'>, Tensor<'float32'>]
    const shape = matrix.shape.slice(0, -1)
    return { kind, mean, matrix: { ...matrix, shape: [sizeOf(shape), ...mean.shape] }, shape }
  }
  throw new GradusError(`checkpoint: expected preprocessing of a known kind, found "${kind}"`, [
    'it was written by a newer Gradus: update this one',
  ])
}
