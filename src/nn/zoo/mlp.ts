import { normal } from '../init.ts'
import type { Layer } from '../layer.ts'
import { relu } from '../layers/activations.ts'
import { sequential } from '../layers/containers.ts'
import { linear } from '../layers/linear.ts'
import { flatten } from '../layers/shape.ts'

/**
 * The start of a last layer: outputs near 0, so that the loss starts at ln C whatever comes before.
 *
 * Source: Goyal et al., Accurate, Large Minibatch SGD, 2017.
 */
export const headInit = normal(0.01)

export interface MlpOptions {
  /** Number of features; images are flattened. */
  inputs: number
  /** Widths of the hidden layers (default [512, 512]); none makes a linear classifier. */
  hidden?: readonly number[]
  classes: number
}

/** Linear layers with ReLU between them: [N, ...] -> logits [N, classes]. */
export function mlp({ inputs, hidden = [512, 512], classes }: MlpOptions): Layer {
  const widths = [inputs, ...hidden]
  const body = hidden.flatMap((width, i) => [linear(widths[i]!, width), relu()])
  return sequential(flatten(), ...body, linear(widths.at(-1)!, classes, { init: headInit }))
}
