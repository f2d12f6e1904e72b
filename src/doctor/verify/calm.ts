import type { Shape } from '../../core/index.ts'
import { constant, type Value } from '../../graph/index.ts'
import type { Fill, ForwardContext, Layer } from '../../nn/index.ts'
import { expand } from '../../ops/index.ts'

/**
 * The model without chance: what layers draw (masks of dropout, DropConnect and stochastic depth, random slopes) is its
 * expectation, in training and in evaluation. Parameters keep their names. Only what has no expectation, the regions of a
 * fractional pooling, is still drawn.
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
  const draw = (shape: Shape, fill: Fill): Value => {
    const mean = expectation(fill)
    return mean === undefined ? context.draw(shape, fill) : expand(constant(mean), shape)
  }
  const own: Pick<ForwardContext, 'draw' | 'mask' | 'sample'> = {
    draw,
    mask: (shape, keep) => draw(shape, { kind: 'mask', keep }),
    sample: (_seed, _index, build) => build(),
  }
  return Object.assign(Object.create(context), own)
}

function expectation(fill: Fill): number | undefined {
  if (fill.kind === 'mask') return fill.keep * (fill.value ?? 1 / fill.keep)
  if (fill.kind === 'uniform') return (fill.low + fill.high) / 2
  return undefined
}
