import {
  batchNorm2d,
  conv2d,
  dropout,
  flatten,
  type Initializer,
  init,
  type Layer,
  linear,
  type ModelInfo,
  maxPool2d,
  relu,
  sequential,
} from '../../nn/index.ts'

/** Makes a network from what the data are like, as a recipe's `model` does. */
export type Model = (info: ModelInfo) => Layer

/** What the small networks of the clinic are made with. */
export interface NetOptions {
  readonly act?: () => Layer
  /** How weights start, but for the last; Kaiming by default. */
  readonly start?: Initializer
  /** How the last weight starts; small by default, so that the first loss is that of knowing nothing. */
  readonly head?: Initializer
  /** What comes between a layer with weights and its activation. */
  readonly before?: (width: number) => readonly Layer[]
  /** What comes behind each activation. */
  readonly after?: (width: number) => readonly Layer[]
  /** What comes last. */
  readonly end?: readonly Layer[]
}

const none = () => []
const small = init.normal(0.01)

/** Linear layers with activations between them. */
export const mlp =
  (widths: readonly number[], options: NetOptions = {}): Model =>
  ({ inputShape, classes }) => {
    const { act = relu, start, head = small, before = none, after = none, end = [] } = options
    const sizes = [inputShape.reduce((a, b) => a * b, 1), ...widths]
    const hidden = widths.flatMap((width, i) => [
      linear(sizes[i]!, width, start && { init: start }),
      ...before(width),
      act(),
      ...after(width),
    ])
    return sequential(
      ...(inputShape.length > 1 ? [flatten()] : []),
      ...hidden,
      linear(sizes.at(-1)!, classes, { init: head }),
      ...end,
    )
  }

export interface ConvNetOptions extends NetOptions {
  /** The probability of dropout before the last layer; none by default. */
  readonly drop?: number
}

/** Blocks of convolution, activation and pooling, and a linear layer. */
export const convNet =
  (widths: readonly number[], options: ConvNetOptions = {}): Model =>
  ({ inputShape, classes }) => {
    const { act = relu, start, head = small, before = none, after = none, end = [], drop = 0 } = options
    const [channels = 1, height = 1, width = 1] = inputShape
    const counts = [channels, ...widths]
    const blocks = widths.flatMap((count, i) => [
      conv2d(counts[i]!, count, 3, { padding: 1, ...(start && { init: start }) }),
      ...before(count),
      act(),
      ...after(count),
      maxPool2d(2),
    ])
    const left = (size: number) => widths.reduce((rest) => Math.floor(rest / 2), size)
    return sequential(
      ...blocks,
      flatten(),
      ...(drop > 0 ? [dropout(drop)] : []),
      linear(counts.at(-1)! * left(height) * left(width), classes, { init: head }),
      ...end,
    )
  }

/** For `before` of {@link convNet}. */
export const normed = (channels: number): readonly Layer[] => [batchNorm2d(channels)]

/** For `after`: dropout behind each activation. */
export const dropping = (p: number) => () => [dropout(p)]

/** As many hidden layers of a width. */
export const deep = (layers: number, width: number): number[] => new Array<number>(layers).fill(width)

/** A network whose hidden units start with this offset: far below 0, nothing excites them. */
export const buried =
  (hidden: number, offset: number): Model =>
  ({ inputShape, classes }) =>
    sequential(
      flatten(),
      withBias(
        linear(
          inputShape.reduce((a, b) => a * b, 1),
          hidden,
        ),
        offset,
      ),
      relu(),
      linear(hidden, classes, { init: small }),
    )

/** A layer whose offsets start from one value. */
function withBias(layer: Layer, value: number): Layer {
  const { bias, ...rest } = layer.params
  return bias ? { ...layer, params: { ...rest, bias: { ...bias, init: init.constant(value) } } } : layer
}
