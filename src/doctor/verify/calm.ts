import type { Shape } from '../../core/index.ts'
import { constant, type Value } from '../../graph/index.ts'
import { evenRegions, type Fill, type ForwardContext, type Layer } from '../../nn/index.ts'
import { expand } from '../../ops/index.ts'

/**
 * The model without chance: what layers draw (masks of dropout, DropConnect and stochastic depth, random slopes, the regions of a
 * fractional pooling) is what it is on average, in training and in evaluation. Parameters keep their names.
 */
export function withoutChance(layer: Layer): Layer {
  const children = Object.entries(layer.children).map(([name, child]) => [name, withoutChance(child)])
  return {
    ...layer,
    children: Object.fromEntries(children),
    forward: (x, self, context) => layer.forward(x, self, calm(context)),
  }
}

/** Keeps what is asked late (`random`) with the context itself, and replaces only what draws. */
function calm(context: ForwardContext): ForwardContext {
  const draw = (shape: Shape, fill: Fill): Value =>
    fill.kind === 'regions'
      ? constant(evenRegions(fill), 'int32', shape)
      : expand(constant(expectation(fill)), shape)
  const own: Pick<ForwardContext, 'draw' | 'mask' | 'sample'> = {
    draw,
    mask: (shape, keep) => draw(shape, { kind: 'mask', keep }),
    sample: (_seed, _index, build) => build(),
  }
  return Object.assign(Object.create(context), own)
}

function expectation(fill: Exclude<Fill, { kind: 'regions' }>): number {
  return fill.kind === 'mask' ? fill.keep * (fill.value ?? 1 / fill.keep) : (fill.low + fill.high) / 2
}
