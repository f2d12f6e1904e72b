import { ensure, ensureKnownOptions, sameShape } from '../../core/index.ts'
import { add } from '../../ops/index.ts'
import { formatBatch, nameLayer } from '../expect.ts'
import { defineLayer, type Layer } from '../layer.ts'
import { relu, tanh } from './activations.ts'
import { linear } from './linear.ts'

/**
 * Layers one after another. Their names are `0`, `1`, ... as in PyTorch, or the keys of a record:
 * ```ts
 * nn.sequential(nn.linear(784, 512), nn.relu(), nn.linear(512, 10))          // 0.weight, 0.bias, 2.weight, ...
 * nn.sequential({ fc1: nn.linear(784, 512), relu: nn.relu(), fc2: nn.linear(512, 10) })    // fc1.weight, ...
 * ```
 * A layer that is listed twice gets parameters of its own at each place.
 */
export const sequential = defineLayer(
  'sequential',
  (...layers: readonly Layer[] | readonly [Readonly<Record<string, Layer>>]) => {
    const children = named(layers)
    const names = Object.keys(children)
    return { children, forward: (x, self) => names.reduce((value, name) => self[name]!(value), x) }
  },
  {
    doc: 'Layers one after another, numbered or named.',
    examples: [
      { name: 'numbered', args: [linear(4, 8), relu(), linear(8, 3)], input: [5, 4] },
      { name: 'named', args: [{ fc1: linear(4, 3), act: tanh() }], input: [5, 4] },
    ],
  },
)

function named(
  layers: readonly Layer[] | readonly [Readonly<Record<string, Layer>>],
): Readonly<Record<string, Layer>> {
  const [first] = layers
  ensure(
    !Array.isArray(first),
    'sequential: expected layers, got an array of them',
    'list them one after another: nn.sequential(...layers)',
  )
  const wrong = layers.findIndex((layer) => typeof layer !== 'object' || layer === null)
  ensure(wrong < 0, `sequential: expected a layer at ${wrong}, got ${typeof layers[wrong]}`)
  if (first === undefined || isLayer(first)) {
    return Object.fromEntries((layers as readonly Layer[]).map((layer, i) => [i, layer]))
  }
  // JavaScript moves such keys before all others, which would change the order of the layers.
  const number = Object.keys(first).find((key) => /^\d+$/.test(key))
  ensure(
    number === undefined,
    `sequential: a layer cannot be named ${number}`,
    'list the layers without names',
  )
  return first
}

const isLayer = (value: Layer | Readonly<Record<string, Layer>>): value is Layer =>
  typeof value.forward === 'function'

/**
 * body(x) + shortcut(x): `body` learns a correction to its input.
 *
 * Children: `body` and `shortcut` (without one x itself is added; give a 1x1 convolution where the shape changes), so that parameters
 * are called `body.0.weight`, `shortcut.weight`.
 * @throws when the graph is built, if the two shapes differ.
 * Source: He et al., Deep Residual Learning for Image Recognition, 2016.
 */
export const residual = defineLayer(
  'residual',
  (body: Layer, options: { shortcut?: Layer } = {}) => {
    ensureKnownOptions('residual', options, ['shortcut'])
    const { shortcut } = options
    return {
      children: (shortcut ? { body, shortcut } : { body }) as Record<string, Layer>,
      forward(x, self) {
        const [change, kept] = [self.body!(x), self.shortcut?.(x) ?? x]
        ensure(
          sameShape(change.shape, kept.shape),
          `${nameLayer('residual')}: the body gives ${formatBatch(change.shape)}, the shortcut ${formatBatch(kept.shape)}`,
          'give a shortcut that changes the shape alike, such as nn.conv2d(in, out, 1, { stride })',
        )
        return add(change, kept)
      },
    }
  },
  {
    doc: 'body(x) + shortcut(x): the body learns a correction to its input.',
    source: 'He et al., Deep Residual Learning for Image Recognition, 2016',
    examples: [
      { name: 'same shape', args: [linear(4, 4)], input: [3, 4] },
      { name: 'with a shortcut', args: [linear(4, 6), { shortcut: linear(4, 6) }], input: [3, 4] },
    ],
  },
)
