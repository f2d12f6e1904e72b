import fc from 'fast-check'
import type { Shape } from '../../src/core/index.ts'
import type { Layer } from '../../src/nn/index.ts'
import * as nn from '../../src/nn/index.ts'

/** A small convolutional net and the images that it takes. */
export interface Net {
  readonly layers: readonly Layer[]
  /** [N, C, H, W] */
  readonly shape: Shape
  /** How it is built, to repeat it. */
  readonly text: string
}

/** What is drawn for one stage of a net; what does not fit the images at hand is bent until it does. */
const stages = fc.record({
  kind: fc.constantFrom('conv', 'conv', 'conv', 'pool', 'pool', 'norm', 'residual', 'activation'),
  channels: fc.constantFrom(16, 16, 32, 8, 24, 96, 5),
  kernel: fc.constantFrom(3, 3, 1, 2, 5),
  stride: fc.constantFrom(1, 1, 1, 2, 2, 3),
  padding: fc.constantFrom<'half' | number>('half', 'half', 0, 1, 2),
  dilation: fc.constantFrom(1, 1, 1, 1, 2),
  grouping: fc.constantFrom('one', 'one', 'one', 'two', 'depthwise'),
  /** 2x2 windows side by side. */
  quarters: fc.boolean(),
  average: fc.boolean(),
  bias: fc.boolean(),
  norm: fc.boolean(),
  activation: fc.constantFrom('relu', 'relu', 'relu6', 'leakyRelu', 'silu', 'tanh'),
})
type Drawn = typeof stages extends fc.Arbitrary<infer T> ? T : never

interface Stage extends Omit<Drawn, 'channels'> {
  readonly channels: number
}

/** On both sides. */
const paddingOf = ({ padding, kernel }: Stage, most: number) =>
  padding === 'half' ? Math.floor(kernel / 2) : Math.min(padding, most)

interface Part {
  readonly layer: Layer
  readonly text: string
  /** [N, C, H, W] after it. */
  readonly shape: Shape
}

const show = (name: string, ...args: unknown[]) =>
  `${name}(${args.map((arg) => JSON.stringify(arg).replaceAll('"', '')).join(', ')})`

const extent = (size: number, kernel: number, stride: number, padding: number) =>
  Math.floor((size + 2 * padding - kernel) / stride) + 1

function convOf(stage: Stage, shape: Shape): Part[] {
  const [n, c, h, w] = shape as [number, number, number, number]
  const { stride, kernel, dilation, bias } = stage
  const padding = paddingOf(stage, kernel - 1)
  const reach = (kernel - 1) * dilation + 1
  const [height, width] = [extent(h, reach, stride, padding), extent(w, reach, stride, padding)]
  if (height < 1 || width < 1) return []
  const isDepthwise = stage.grouping === 'depthwise'
  const channels = isDepthwise ? c : stage.channels
  const groups = isDepthwise ? c : stage.grouping === 'two' && c % 2 === 0 && channels % 2 === 0 ? 2 : 1
  const options = { stride, padding, dilation, groups, bias }
  return [
    {
      layer: nn.conv2d(c, channels, kernel, options),
      text: show('conv2d', c, channels, kernel, options),
      shape: [n, channels, height, width],
    },
  ]
}

function poolOf(stage: Stage, shape: Shape): Part[] {
  const { quarters, average } = stage
  const [n, c, h, w] = shape as [number, number, number, number]
  const kernel = quarters ? 2 : Math.max(2, stage.kernel)
  const stride = quarters ? 2 : stage.stride
  const padding = quarters ? 0 : paddingOf(stage, Math.floor(kernel / 2))
  const [height, width] = [extent(h, kernel, stride, padding), extent(w, kernel, stride, padding)]
  if (height < 1 || width < 1) return []
  const [name, make] = average
    ? (['avgPool2d', nn.avgPool2d] as const)
    : (['maxPool2d', nn.maxPool2d] as const)
  const options = { stride, padding }
  return [{ layer: make(kernel, options), text: show(name, kernel, options), shape: [n, c, height, width] }]
}

/** Few values for a channel leave nothing but rounding of the gradient. */
const leastForNorm = 16

function normOf(shape: Shape): Part[] {
  const [n, c, h, w] = shape as [number, number, number, number]
  return n * h * w < leastForNorm ? [] : [{ layer: nn.batchNorm2d(c), text: show('batchNorm2d', c), shape }]
}

const { relu, relu6, leakyRelu, silu, tanh } = nn
const activations = { relu, relu6, leakyRelu, silu, tanh }

function activationOf({ activation }: Stage, shape: Shape): Part {
  return { layer: activations[activation](), text: show(activation), shape }
}

function residualOf(stage: Stage, shape: Shape): Part[] {
  const body = [
    ...convOf({ ...stage, channels: shape[1]!, kernel: 3, stride: 1, padding: 1, dilation: 1 }, shape),
    ...(stage.norm ? normOf(shape) : []),
    ...(stage.average ? [activationOf(stage, shape)] : []),
  ]
  const layer = nn.residual(nn.sequential(...body.map((part) => part.layer)))
  return [{ layer, text: `residual(sequential(${body.map(({ text }) => text).join(', ')}))`, shape }]
}

function partsOf(stage: Stage, shape: Shape): Part[] {
  if (stage.kind === 'norm') return normOf(shape)
  if (stage.kind === 'pool') return poolOf(stage, shape)
  if (stage.kind === 'activation') return [activationOf(stage, shape)]
  if (stage.kind === 'residual') return residualOf(stage, shape)
  const [conv] = convOf(stage, shape)
  if (!conv) return []
  const rest = stage.norm ? [...normOf(conv.shape), activationOf(stage, conv.shape)] : []
  return [conv, ...rest]
}

const sides = fc.integer({ min: 4, max: 11 })
const shapes = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.tuple(fc.constantFrom(1, 2, 3), fc.constantFrom(1, 3, 8, 16, 16, 32, 20), sides, sides),
  },
  // Deep and many enough for the forms that only pay there.
  { weight: 1, arbitrary: fc.tuple(fc.constant(8), fc.constant(96), fc.constantFrom(8, 9), fc.constant(10)) },
)

/**
 * Convolutional nets of up to 5 stages: channels that are whole blocks or not, kernels 1, 2, 3 and 5, strides, padding,
 * dilation, groups, depthwise, poolings, batch norms, sums and activations; half of them end in a linear layer.
 */
export const nets: fc.Arbitrary<Net> = fc
  .record({ shape: shapes, stages: fc.array(stages, { minLength: 1, maxLength: 5 }), head: fc.boolean() })
  .map(({ shape, stages, head }) => {
    const parts: Part[] = []
    const last = () => parts.at(-1)?.shape ?? shape
    for (const stage of stages) parts.push(...partsOf(stage, last()))
    const channels = last()[1]!
    const layers = parts.map(({ layer }) => layer)
    const texts = parts.map(({ text }) => text)
    if (head) {
      layers.push(nn.globalAvgPool(), nn.linear(channels, 3))
      texts.push(show('globalAvgPool'), show('linear', channels, 3))
    }
    const text = `[${shape.join(', ')}] ${texts.join(', ')}`
    return { layers, shape, text, [fc.toStringMethod]: () => text }
  })
  .filter(({ layers }) => layers.length > 0)
