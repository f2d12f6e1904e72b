import { ensure, ensureKnownOptions, formatShape } from '../../core/index.ts'
import type { Layer } from '../layer.ts'
import { sequential } from '../layers/containers.ts'
import { linear } from '../layers/linear.ts'
import { lstm } from '../layers/recurrent/index.ts'
import type { ModelInfo } from './image.ts'
import { headInit } from './mlp.ts'

export interface LstmClassifierOptions extends ModelInfo {
  /** Size of the state (default 128). */
  hidden: number
  /** LSTM layers on top of each other (default 2). */
  layers: number
}

/**
 * LSTM layers that read a sequence, and a linear layer on what the top one says at the end: [N, T, D] -> logits [N, classes].
 * `inputShape` is [T, D] (default [64, 128]). Parameters: `lstm.weight_ih_l0`, ..., `fc.weight`, `fc.bias`.
 *
 * It is for sequences, so that it is not among the models for images that are chosen by name.
 * @throws for another input shape, and options out of range.
 * Source: Hochreiter and Schmidhuber, Long Short-Term Memory, 1997.
 */
export function lstmClassifier(options: Partial<LstmClassifierOptions> = {}): Layer {
  ensureKnownOptions('lstmClassifier', options, ['inputShape', 'classes', 'hidden', 'layers'])
  const { inputShape = [64, 128], classes = 10, hidden = 128, layers = 2 } = options
  const [steps, features, ...rest] = inputShape
  ensure(
    steps && features && rest.length === 0,
    `lstmClassifier: expected an input shape [T, D], got ${formatShape(inputShape)}`,
  )
  return sequential({
    lstm: lstm(features, hidden, { layers, returns: 'last' }),
    fc: linear(hidden, classes, { init: headInit }),
  })
}
