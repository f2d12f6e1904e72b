import { ensure, ensureKnownOptions, symmetricEigen } from '../core/index.ts'
import { defineAugmentation, type Picture } from './augmentation.ts'
import { colorMap } from './color-map.ts'

export interface FancyPcaOptions {
  /** Standard deviation of the draws (default 0.1). */
  readonly std?: number
}

/** A row for each direction: the direction times its variance. */
type Directions = readonly (readonly number[])[]

const known = new WeakMap<Picture, Directions>()

/** The directions in which the colors of the training samples vary. */
function directionsOf(picture: Picture): Directions {
  const held = known.get(picture)
  if (held) return held
  const { values, vectors } = symmetricEigen(picture.covariance!, picture.channels)
  const directions = vectors.map((vector, i) => Array.from(vector, (p) => p * values[i]!))
  known.set(picture, directions)
  return directions
}

/**
 * Moves all colors of a picture alike, in the directions in which those of the training samples vary: by
 * `[p1 p2 p3] [a1 l1, a2 l2, a3 l3]^T`, where p and l are the eigenvectors and eigenvalues of the covariance of the colors in [0, 1]
 * over all pixels of the training samples, and a ~ N(0, 0.1) is drawn once for each use of a picture.
 * @throws for options out of range.
 * Source: Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, 2012.
 */
export const fancyPca = defineAugmentation(
  'fancyPca',
  (options: FancyPcaOptions = {}) => {
    ensureKnownOptions('fancyPca', options, ['std'])
    const { std = 0.1 } = options
    ensure(std >= 0 && Number.isFinite(std), `fancyPca: expected a std of 0 or more, got ${std}`)
    return {
      kind: 'tinting',
      byChannel: true,
      needs: 'covariance',
      check({ covariance, channels }) {
        ensure(
          covariance?.length === channels ** 2,
          `fancyPca: expected the covariance of ${channels} channels, [${channels}, ${channels}], got ${covariance ? `${covariance.length} numbers` : 'none'}`,
        )
      },
      tint({ random }, picture) {
        const shift = Array.from({ length: picture.channels }, () => 0)
        for (const direction of directionsOf(picture)) {
          const a = random.normal(0, std)
          direction.forEach((p, c) => {
            shift[c]! += a * p
          })
        }
        return colorMap(picture.channels, { shift })
      },
    }
  },
  {
    doc: 'Moves all colors of a picture in the directions in which those of the training samples vary.',
    source:
      'Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, 2012',
    examples: [{ name: 'default', args: [] }],
  },
)
