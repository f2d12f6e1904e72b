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
    const forward = worst(
      start.layers.map(({ std }) => std),
      'first',
    )
    const gradients = back.layers.map((layer) => layer.gradientNorm)
    const backward = worst(relativeToLater(gradients), 'last')
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
  /** What it comes to. */
  readonly value: number
}

/** What is beyond the widest limits that any is beyond, if anything is. Exact zeros are the business of other checks. */
function worst(values: readonly number[], from: 'first' | 'last'): Worst {
  for (const [severity, { small, large }] of [
    ['problem', LOST],
    ['warning', FADED],
  ] as const) {
    const at = values.findIndex((value) => !(value === 0 || (value >= small && value <= large)))
    if (at >= 0)
      return {
        severity,
        at: beginning(values, values[at]! < 1, from),
        value: extreme(values, values[at]! < 1),
      }
  }
  return { severity: 'fine', at: -1, value: 1 }
}

/** The smallest or the largest number that is not 0. */
function extreme(values: readonly number[], smallest: boolean): number {
  const found = values.filter((value) => value !== 0)
  return smallest ? Math.min(...found) : Math.max(...found)
}

/** Where the way to a lost signal begins: the first layer beyond the narrow limits, or on the way back the last one. */
function beginning(values: readonly number[], isSmall: boolean, from: 'first' | 'last'): number {
  const isBeyond = (value: number) => value !== 0 && (isSmall ? value < FADED.small : !(value <= FADED.large))
  return from === 'first' ? values.findIndex(isBeyond) : values.findLastIndex(isBeyond)
}

/** Each by that of the last layer. */
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
    title: `activations ${isSmall ? 'vanish' : 'explode'}, from ${named(layer)} on: standard deviations ${isSmall ? 'down' : 'up'} to ${short(value)}`,
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
    title: `gradients ${isSmall ? 'vanish' : 'explode'} on their way back: ${isSmall ? 'down' : 'up'} to ${short(value)} times that of the last layer, from ${named(layer)} back`,
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
