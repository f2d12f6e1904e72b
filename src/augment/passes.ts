import { constant, type Value } from '../graph/index.ts'
import { add, clip, gather, matmul, maximum, mean, minimum, mul, reshape, split, sub } from '../ops/index.ts'
import type { Mixing, Picture, Recoloring, Tinting, Use } from './augmentation.ts'
import { bilinear, bilinearAt, gridMap, gridOf } from './bilinear.ts'
import { colorMap, composeColors, standardized } from './color-map.ts'
import { borderOf, isAffine, isExact, type Moves, type Placed, placement } from './placement.ts'
import { resample } from './resample.ts'

export type UseAt = (place: number) => Use

/** One pass over the pictures of a batch. */
export interface Pass {
  /** How many it needs of a sample. */
  readonly numbers: number
  draw(useAt: UseAt): ArrayLike<number>
  /** x [N, C, H, W], drawn [N, numbers] -> [N, C, H, W] */
  apply(x: Value, drawn: Value): Value
  /** For one that mixes samples: probabilities of the classes [N, K], drawn [N, numbers] -> [N, K] */
  readonly mix?: (labels: Value, drawn: Value) => Value
}

/** Moves pixels, in one resampling. */
export function moving(moves: Moves, picture: Picture): Pass {
  const border = borderOf(moves)
  const draw = (useAt: UseAt) => placement(moves, useAt, picture)
  if (isExact(moves))
    return {
      numbers: 6,
      draw: (useAt) => draw(useAt).maps[0]!,
      apply: (x, maps) => resample(x, maps, border),
    }
  if (isAffine(moves))
    return {
      numbers: 6,
      draw: (useAt) => gridMap(draw(useAt), picture),
      apply: (x, maps) => bilinear(x, maps, border),
    }
  return {
    numbers: 2 * picture.height * picture.width,
    draw: (useAt) => gridOf(draw(useAt), picture),
    apply: (x, places) => bilinearAt(x, places, border),
  }
}

/** Changes colors by one linear map for each picture. */
export function tinting(tints: readonly Placed<Tinting>[], picture: Picture): Pass {
  const { channels } = picture
  const byChannel = tints.every(({ augmentation }) => augmentation.byChannel)
  const byMean = tints.some(({ augmentation }) => augmentation.byMean)
  const own = byChannel ? channels : channels ** 2
  const ofMean = byMean ? channels ** 2 : 0
  return {
    numbers: own + ofMean + channels,
    draw(useAt) {
      const composed = tints.reduce(
        (map, { augmentation, place }) => composeColors(map, augmentation.tint(useAt(place), picture)),
        colorMap(channels),
      )
      const map = standardized(composed, picture)
      const diagonal = (_: number, i: number) => i % (channels + 1) === 0
      return [...(byChannel ? map.own.filter(diagonal) : map.own), ...(byMean ? map.mean : []), ...map.shift]
    },
    apply: (x, drawn) => cutOff(tinted(x, drawn, { own, ofMean }), picture),
  }
}

function tinted(x: Value, drawn: Value, { own, ofMean }: { own: number; ofMean: number }): Value {
  const [count, channels, height, width] = x.shape as [number, number, number, number]
  const sizes = ofMean > 0 ? [own, ofMean, channels] : [own, channels]
  const parts = split(drawn, sizes, { axis: 1 })
  const [colors, constants] = [parts[0]!, parts.at(-1)!]
  const square = [count, channels, channels]
  const means = ofMean > 0 ? reshape(mean(x, { axes: [2, 3] }), [count, channels, 1]) : undefined
  const shift = reshape(constants, [count, channels, 1])
  const added = means ? add(matmul(reshape(parts[1]!, square), means), shift) : shift // [N, C, 1]
  const flat = reshape(x, [count, channels, height * width])
  const mapped =
    own === channels
      ? mul(flat, reshape(colors, [count, channels, 1]))
      : matmul(reshape(colors, square), flat)
  return reshape(add(mapped, added), x.shape)
}

/** No darker than black and no lighter than white. */
function cutOff(x: Value, { unit: { scale, offset } }: Picture): Value {
  const [low, high] = [0, 1].map((u) => scale.map((s, c) => (u - offset[c]!) / s)) as [number[], number[]]
  if (new Set(low).size === 1 && new Set(high).size === 1) return clip(x, { min: low[0]!, max: high[0]! })
  const byChannel = (values: readonly number[]) =>
    constant(Float32Array.from(values), 'float32', [values.length, 1, 1])
  return minimum(maximum(x, byChannel(low)), byChannel(high))
}

/** Changes what pixels show in a way of its own. */
export const recoloring = ({ augmentation, place }: Placed<Recoloring>, picture: Picture): Pass => ({
  numbers: typeof augmentation.numbers === 'number' ? augmentation.numbers : augmentation.numbers(picture),
  draw: (useAt) => augmentation.draw(useAt(place), picture),
  apply: (x, drawn) => augmentation.apply(x, drawn, picture),
})

/** Mixes each sample with the next one of the batch, and the last one with the first: batches are in random order. */
export const mixing = ({ augmentation, place }: Placed<Mixing>, picture: Picture): Pass => ({
  numbers: augmentation.numbers,
  draw: (useAt) => augmentation.draw(useAt(place), picture),
  apply: (x, drawn) => augmentation.apply(x, partnersOf(x), drawn),
  mix(labels, drawn) {
    const own = augmentation.share(drawn) // [N, 1]
    return add(mul(labels, own), mul(partnersOf(labels), sub(1, own)))
  },
})

function partnersOf(x: Value): Value {
  const count = x.shape[0]!
  const next = Int32Array.from({ length: count }, (_, i) => (i + 1) % count)
  return gather(x, constant(next, 'int32', [count]))
}
