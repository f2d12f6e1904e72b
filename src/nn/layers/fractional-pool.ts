import { ensure, ensureKnownOptions, unknownName } from '../../core/index.ts'
import { constant, type Value } from '../../graph/index.ts'
import { gather, maximum, split, squeeze } from '../../ops/index.ts'
import { expectInput, nameLayer } from '../expect.ts'
import { defineLayer, type ForwardContext } from '../layer.ts'
import { evenRegions, type Regions, widestRegion } from '../regions.ts'

export interface FractionalPoolOptions {
  /**
   * `'pseudorandom'` (default): long and short regions alternate evenly from a random start. `'random'`: in random order,
   * which regularizes more and needs less dropout beside it.
   */
  order?: Regions['order']
  /** Whether a region shares its border with the next one (default true, which the paper finds better). */
  overlapping?: boolean
}

/**
 * Fractional max-pooling: the largest element of each region of [N, C, H, W] -> [N, C, H', W'], H' = round(H / ratio),
 * W' = round(W / ratio). Regions are rectangles whose sides are `ratio` rounded down or up (one more where they overlap), drawn
 * afresh for each step, the same for all samples and channels. Elements that tie for the maximum share its gradient.
 *
 * Evaluation uses the pseudorandom regions that lie in the middle; the paper averages over several draws, as
 * {@link monteCarlo} does. PyTorch's `FractionalMaxPool2d` has regions of one fixed size that start at pseudorandom places
 * which differ between samples and channels, and stays random in evaluation.
 *
 * @param ratio input size / output size, 1 < ratio; the paper has sqrt(2) or cube root of 2.
 * @throws for options out of range; when the graph is built, if an axis is too short to be made shorter.
 * Source: Graham, Fractional Max-Pooling, 2014.
 */
export const fractionalMaxPool2d = defineLayer(
  'fractionalMaxPool2d',
  (ratio: number = Math.SQRT2, options: FractionalPoolOptions = {}) => {
    ensureKnownOptions('fractionalMaxPool2d', options, ['order', 'overlapping'])
    const { order = 'pseudorandom', overlapping = true } = options
    ensure(
      ratio > 1 && Number.isFinite(ratio),
      `fractionalMaxPool2d: expected a ratio > 1 of input to output size, got ${ratio}`,
    )
    const orders = ['pseudorandom', 'random']
    if (!orders.includes(order)) throw unknownName('fractionalMaxPool2d order', order, orders)
    return {
      forward(x, _self, context) {
        expectInput(x.rank === 4, 'fractionalMaxPool2d', '[N, C, H, W]', x, 'it pools images')
        return [2, 3].reduce((y, axis) => {
          const size = x.shape[axis]!
          const count = Math.round(size / ratio)
          expectShorter(x, size, count)
          return pooled(y, axis, { size, count, order, overlapping }, context)
        }, x)
      },
    }
  },
  {
    doc: 'The largest element of each of the random regions whose sides are the ratio rounded down or up.',
    source: 'Graham, Fractional Max-Pooling, 2014',
    examples: [
      { name: 'overlapping', args: [], input: [2, 3, 8, 7] },
      { name: 'disjoint', args: [1.5, { overlapping: false }], input: [2, 2, 6, 9] },
      { name: 'random', args: [Math.SQRT2, { order: 'random' }], input: [2, 2, 9, 9] },
    ],
  },
)

/** The largest element of each region along an axis: a rectangle's maximum is that of its rows' maxima. */
function pooled(x: Value, axis: number, regions: Regions, context: ForwardContext): Value {
  const widest = widestRegion(regions)
  const shape = [widest, regions.count]
  const positions = context.random
    ? context.draw(shape, { kind: 'regions', ...regions })
    : constant(evenRegions(regions), 'int32', shape)
  return split(positions, widest)
    .map((row) => gather(x, squeeze(row, [0]), { axis }))
    .reduce(maximum)
}

function expectShorter(x: Value, size: number, count: number): void {
  ensure(
    count > 0 && count < size,
    `${nameLayer('fractionalMaxPool2d')}: an axis of size ${size} would become ${count}, got ${x}`,
    'pool less before it, or choose a larger ratio',
  )
}
