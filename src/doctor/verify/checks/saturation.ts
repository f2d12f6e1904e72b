import { type Check, measured, short, type Verdict } from '../check.ts'
import type { LayerProbe } from '../probe.ts'

/** Shares of elements without a slope: half of those of a ReLU are normal, and two thirds no reason to worry. */
const [MANY, ALMOST_ALL] = [0.75, 0.98]

/**
 * Whether activations pass gradients before training: a tanh or sigmoid at its flat ends does not, nor does a ReLU that is off. From
 * weights of the right size a unit is in its steep part for most samples.
 */
export const saturation: Check = {
  name: 'saturation',
  title: 'activations that pass gradients',
  async run(subject) {
    const { layers } = await subject.atStart()
    const known = layers.filter((layer): layer is Known => layer.saturated !== undefined)
    const evidence = {
      layers: known.map(({ path, type, saturated }) => ({ path, type, flat: measured(saturated) })),
    }
    const flat = known.filter(({ saturated }) => saturated > MANY)
    const [first] = flat
    if (!first) return fine(known, evidence)
    const most = Math.max(...flat.map(({ saturated }) => saturated))
    return blocked(first, { most, count: flat.length }, evidence)
  },
}

type Known = LayerProbe & { readonly saturated: number }

function fine(known: readonly Known[], evidence: Verdict['evidence']): Verdict {
  if (known.length === 0) return { severity: 'fine', title: 'no activations that can saturate', evidence }
  const most = Math.max(...known.map(({ saturated }) => saturated))
  return {
    severity: 'fine',
    title: `activations are flat for ${short(100 * most)}% of their elements at most`,
    evidence,
  }
}

function blocked(
  { path, type }: Known,
  { most, count }: { readonly most: number; readonly count: number },
  evidence: Verdict['evidence'],
): Verdict {
  const others = count > 1 ? ` and ${count - 1} more` : ''
  return {
    severity: most > ALMOST_ALL ? 'problem' : 'warning',
    title: `${type} "${path}"${others}: up to ${short(100 * most)}% of the elements pass no gradient`,
    evidence,
    explanation:
      'Units at the flat ends of their activation, or switched off, do not learn, and nothing before them learns by way of them.',
    suggestions: [
      {
        title:
          'start weights by what follows: init.kaimingNormal() before ReLU, init.xavierNormal() before tanh',
        change: { init: 'kaiming' },
      },
      { title: 'start biases at 0, or a little above before ReLU' },
      {
        title: 'put a norm before each activation: nn.batchNorm2d, nn.layerNorm',
        change: { normalization: 'batchNorm' },
      },
    ],
    more: 'Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010',
  }
}
