import { input } from '../graph/index.ts'
import {
  batchNorm1d,
  batchNorm2d,
  defineLayer,
  dropout,
  groupNorm,
  type Initializer,
  init,
  type Layer,
  type LayerCall,
  sequential,
  trace,
} from '../nn/index.ts'

/** Changes of models that leave the names of their parameters as they are, so that what is not changed starts alike. */

/** A layer that passes everything on. */
const identity = defineLayer('identity', () => ({ forward: (x) => x }))

/** The model with each layer that `change` answers for replaced; inner ones first. */
export function mapLayers(
  model: Layer,
  change: (layer: Layer, path: string) => Layer | undefined,
  path = '',
): Layer {
  const children = Object.fromEntries(
    Object.entries(model.children).map(([key, child]) => [
      key,
      mapLayers(child, change, path === '' ? key : `${path}.${key}`),
    ]),
  )
  const kept = { ...model, children }
  return change(kept, path) ?? kept
}

const isLeaf = ({ children }: Layer) => Object.keys(children).length === 0

/** The model with weights that start as `initializer` says, and biases and shifts at 0. */
export const withInit = (model: Layer, initializer: Initializer): Layer =>
  mapLayers(model, (layer) => {
    const params: Layer['params'] = Object.fromEntries(
      Object.entries(layer.params).map(([name, spec]) => {
        if (spec.shape.length >= 2) return [name, { ...spec, init: initializer }] as const
        return [name, name === 'bias' ? { ...spec, init: init.zeros } : spec] as const
      }),
    )
    return { ...layer, params }
  })

/** The model with other activations within; one at its very end stays. */
export function withActivation(model: Layer, make: () => Layer, inputShape: readonly number[]): Layer {
  const last = leavesOf(model, inputShape).at(-1)?.path
  return mapLayers(model, (layer, path) =>
    isLeaf(layer) && path !== last && activations.test(layer.type) ? make() : undefined,
  )
}

/** The model without its layers of these types. */
export const without = (model: Layer, types: RegExp): Layer =>
  mapLayers(model, (layer) => (isLeaf(layer) && types.test(layer.type) ? identity() : undefined))

/** The model without the last layer of all. */
export function withoutLast(model: Layer, inputShape: readonly number[]): Layer {
  const last = leavesOf(model, inputShape).at(-1)?.path
  return mapLayers(model, (_, path) => (path === last ? identity() : undefined))
}

/** The model with dropout in front of its last layer with weights. */
export function withDropout(model: Layer, p: number, inputShape: readonly number[]): Layer {
  const last = leavesOf(model, inputShape).findLast(({ layer }) => 'weight' in layer.params)?.path
  const drop = dropout(p)
  return mapLayers(model, (layer, path) =>
    path === last
      ? {
          ...layer,
          forward: (x, self, context) => layer.forward(drop.forward(x, {}, context), self, context),
        }
      : undefined,
  )
}

/** The model with dropout behind all of its batch norms: those before them are left out, and one comes last. */
export function withDropoutBehindNorms(model: Layer, inputShape: readonly number[]): Layer {
  const leaves = leavesOf(model, inputShape)
  const norm = leaves.findLastIndex(({ layer }) => /^batchNorm/.test(layer.type))
  const early = new Set(
    leaves
      .slice(0, Math.max(0, norm))
      .filter(({ layer }) => /dropout/i.test(layer.type))
      .map(({ path }) => path),
  )
  const kept = mapLayers(model, (_, path) => (early.has(path) ? identity() : undefined))
  const isLate = leaves.slice(norm + 1).some(({ layer }) => /dropout/i.test(layer.type))
  return isLate ? kept : withDropout(kept, 0.5, inputShape)
}

/** The model with a norm in front of each activation that has none, by features or channels; batch norms are replaced for group norm. */
export function withNorms(
  model: Layer,
  kind: 'batchNorm' | 'groupNorm',
  inputShape: readonly number[],
): Layer {
  const leaves = leavesOf(model, inputShape)
  const places = new Map<string, Layer>()
  leaves.forEach(({ path, layer, input }, i) => {
    const channels = input.shape[1] ?? 1
    const make = () =>
      kind === 'groupNorm'
        ? groupNorm(groupsOf(channels), channels)
        : (input.rank === 4 ? batchNorm2d : batchNorm1d)(channels)
    const isNormed = /norm/i.test(leaves[i - 1]?.layer.type ?? '')
    if (/^batchNorm/.test(layer.type) && kind === 'groupNorm') places.set(path, make())
    else if (activations.test(layer.type) && !isNormed && i < leaves.length - 1)
      places.set(path, sequential({ norm: make(), act: layer }))
  })
  return mapLayers(model, (_, path) => places.get(path))
}

/** What `relu`, `tanh` and the like are called. */
const activations =
  /^(relu|relu6|leakyRelu|prelu|rrelu|elu|selu|sigmoid|tanh|hardSigmoid|softsign|gelu|silu|mish|hardSwish|softplus)$/

/** The most groups up to 8 that the channels divide into. */
const groupsOf = (channels: number) => [8, 4, 2].find((groups) => channels % groups === 0) ?? 1

/** The layers that do the work, in the order of their calls. */
const leavesOf = (model: Layer, inputShape: readonly number[]): readonly LayerCall[] =>
  trace(model, input('inputs', [2, ...inputShape]), { training: true }).calls.filter(({ layer }) =>
    isLeaf(layer),
  )
