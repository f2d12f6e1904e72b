import { above } from './check.ts'
import { decayShare } from './decay.ts'
import { defineTransform } from './define-transform.ts'

/**
 * Max-norm: the weights of each unit, as a vector, are never longer than `limit` (3 or 4 are usual, Srebro et al., 2005;
 * Hinton et al., 2012). After every update those that are longer are scaled back. A unit is a row of a weight
 * [out, ...], such as an output of a linear layer or a filter of a convolution; biases and the scales of norms are left
 * alone, and parameters whose group has `decay: 0`. A link of a chain, wherever it stands.
 * @param limit the longest length, above 0.
 */
export const maxNorm = defineTransform(
  'maxNorm',
  (limit: number) => {
    above('maxNorm', 'a limit', 0, limit)
    return {
      applies: () => false,
      update: (g) => ({ update: g }),
      constraint(param) {
        const { shape } = param
        if (shape.length < 2 || decayShare(param) === 0) return undefined
        return (values) => limitRows(values, shape[0]!, limit)
      },
    }
  },
  {
    doc: 'Keeps the weights of each unit, as a vector, no longer than a limit.',
    source: 'Srebro, Rennie and Jaakkola, Maximum-margin matrix factorization, 2005',
    examples: [{ name: 'limit 3', args: [3] }],
  },
)

/** Scales back the rows of a matrix that are longer than `limit`. */
function limitRows(values: Float32Array | Float64Array, rows: number, limit: number): void {
  const width = values.length / rows
  for (let from = 0; from < values.length; from += width) {
    let sum = 0
    for (let i = from; i < from + width; i++) sum += values[i]! * values[i]!
    const norm = Math.sqrt(sum)
    if (!(norm > limit)) continue
    const scale = limit / norm
    for (let i = from; i < from + width; i++) values[i]! *= scale
  }
}
