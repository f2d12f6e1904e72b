import { type Check, measured, short, type Verdict } from '../check.ts'
import type { LayerProbe, Reading } from '../probe.ts'

/** Standard deviations of activations, and gradients relative to those of later layers: beyond these the signal is lost. */
const LOST = { small: 1e-4, large: 1e4 }
/** And beyond these a network is harder to train. */
const FADED = { small: 1e-2, large: 1e2 }

/**
 * How large activations and gradients are in each layer before training. What shrinks or grows from layer to layer vanishes or
 * explodes with depth. Gradients are compared as norms, which pooling does not change as it does single elements.
 */
export const scale: Check = {
  name: 'scale',
  title: 'activations and gradients by depth',
  async run(subject) {
    const start = await subject.atStart()
    const back = flows(start) ? start : await subject.atGeneric()
    const forward = worst(start.layers.map(({ std }) => std))
    const gradients = back.layers.map((layer) => layer.gradientNorm)
    const backward = worst(relativeToLater(gradients))
    const evidence = {
      layers: start.layers.map(({ path, type, std }, i) => ({
        path,
        type,
        std: measured(std),
        gradientNorm: measured(gradients[i]!),
      })),
    }
    if (forward.severity === 'fine' && backward.severity === 'fine') return fine(start, evidence)
    return forward.severity === 'problem' || backward.severity === 'fine'
      ? activations(start.layers[forward.at]!, forward, evidence)
      : gradientsOf(back.layers[backward.at]!, backward, evidence)
  },
}

/** Whether anything comes back to the first layer: not where the last one starts at 0. */
const flows = ({ layers }: Reading) => (layers[0]?.gradientNorm ?? 0) > 0

interface Worst {
  readonly severity: Verdict['severity']
  /** The layer where it begins. */
  readonly at: number
  readonly value: number
}

/** The first number beyond the widest limits that any is beyond. Exact zeros are the business of other checks. */
function worst(values: readonly number[]): Worst {
  for (const [severity, { small, large }] of [
    ['problem', LOST],
    ['warning', FADED],
  ] as const) {
    const at = values.findIndex((value) => !(value === 0 || (value >= small && value <= large)))
    if (at >= 0) return { severity, at: beginning(values, at), value: values[at]! }
  }
  return { severity: 'fine', at: -1, value: 1 }
}

/** Where the way to a lost signal begins: the first layer that is beyond the narrow limits. */
function beginning(values: readonly number[], at: number): number {
  const { small, large } = FADED
  const isSmall = values[at]! < 1
  const first = values.findIndex((value) => value !== 0 && (isSmall ? value < small : !(value <= large)))
  return first >= 0 ? first : at
}

/** Each by the largest that comes after it, up to the last layer, whose gradient is that of the loss. */
function relativeToLater(norms: readonly number[]): number[] {
  const last = norms.at(-1) ?? 1
  return norms.map((norm) => (last > 0 ? norm / last : norm))
}

function fine({ layers }: Reading, evidence: Verdict['evidence']): Verdict {
  const spread = layers.map(({ std }) => std).filter((std) => std > 0)
  return {
    severity: 'fine',
    title: `activations have standard deviations from ${short(Math.min(...spread))} to ${short(Math.max(...spread))} in ${layers.length} layers`,
    evidence,
  }
}

const named = ({ type, path }: LayerProbe) => (path ? `${type} "${path}"` : type)

function activations(layer: LayerProbe, { severity, value }: Worst, evidence: Verdict['evidence']): Verdict {
  const isSmall = value < 1
  return {
    severity,
    title: `activations ${isSmall ? 'vanish' : 'explode'}, from ${named(layer)} on: a standard deviation of ${short(value)}`,
    evidence,
    explanation: isSmall
      ? 'From there on all samples look alike to the network, and so weak a signal gives weak gradients.'
      : 'From there on units saturate or overflow, and small changes of the inputs change everything.',
    suggestions: remedies,
    more: 'He et al., Delving Deep into Rectifiers, 2015',
  }
}

function gradientsOf(layer: LayerProbe, { severity, value }: Worst, evidence: Verdict['evidence']): Verdict {
  const isSmall = value < 1
  return {
    severity,
    title: `gradients ${isSmall ? 'vanish' : 'explode'} on their way back: ${short(value)} times that of the last layer at ${named(layer)}`,
    evidence,
    explanation: isSmall
      ? 'The layers before learn so much more slowly than the last ones that they stay as they started.'
      : 'A rate that suits the last layers throws the first ones far off.',
    suggestions: remedies,
    more: 'Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010',
  }
}

const remedies: Verdict['suggestions'] = [
  {
    title: 'start weights by what follows: init.kaimingNormal() before ReLU, init.xavierNormal() before tanh',
    change: { init: 'kaiming' },
  },
  {
    title: 'put a norm before each activation: nn.batchNorm2d, nn.layerNorm',
    change: { normalization: 'batchNorm' },
  },
  {
    title: 'take ReLU instead of sigmoid between layers, and nn.residual blocks where the network is deep',
    change: { activation: 'relu' },
  },
]
