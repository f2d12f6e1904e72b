import { ensure, formatShape, type Shape } from '../../core/index.ts'

/** What a model is built from: all that it must know about the data. */
export interface ModelInfo {
  /** `[C, H, W]`: one input without the batch axis. */
  inputShape: Shape
  /** Number of outputs: a logit for each class, or each number to predict. */
  classes: number
}

/** Channels, height and width of a model's input; fails unless it is an image of at least `least` pixels each way. */
export function imageShape(model: string, shape: Shape, least: number): [C: number, H: number, W: number] {
  const [channels, height, width, ...rest] = shape
  ensure(
    channels && height && width && rest.length === 0,
    `${model}: expected an input shape [C, H, W], got ${formatShape(shape)}`,
  )
  ensure(
    height >= least && width >= least,
    `${model}: expected images of at least ${least}x${least}, got ${height}x${width}`,
    'enlarge the images, or choose a model that pools less',
  )
  return [channels, height, width]
}
