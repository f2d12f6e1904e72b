import type { Shape } from '../../core/index.ts'
import { input } from '../../graph/index.ts'
import { type Layer, trace } from '../../nn/index.ts'
import type { LayerFacts } from '../events.ts'

/**
 * The layers of a model in the order of their calls, inner ones before the one that contains them; one that is called several
 * times is there once.
 */
export function layerFacts(model: Layer, inputShape: Shape): LayerFacts[] {
  const { calls } = trace(model, input('x', [1, ...inputShape]), { training: false })
  const first = calls.filter((call, i) => calls.findIndex(({ path }) => path === call.path) === i)
  return first.map(({ path, layer, output }) => ({
    path,
    type: layer.type,
    shape: output.shape.slice(1),
    parameters: Object.keys(layer.params).map((name) => (path ? `${path}.${name}` : name)),
  }))
}
