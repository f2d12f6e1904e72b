import type { Value } from '../../graph/index.ts'
import { add, div, mul, neg, sqrt, sub } from '../../ops/index.ts'
import type { BlockedRule } from './blocked.ts'
import { affine, channelMean } from './channels.ts'
import type { Layouts } from './layouts.ts'

/** x less its channels' means: what both the forward and the backward pass work with, so that no digits are lost. */
const centered = (x: Value, mean: Value, average: Value, layouts: Layouts): Value =>
  layouts.once('centered', [x, mean], () => affine(layouts.blocked(x), { shift: neg(average) }))

const inverseStd = (variance: Value, epsilon: number) => div(1, sqrt(add(variance, epsilon)))

/** Three passes over memory: the mean, the centered images (with the variance), and the result (with what follows it). */
export const batchNormRule: BlockedRule = ({ inputs, outputs, attrs }, layouts) => {
  const [x, scale, bias] = inputs as [Value, Value, Value]
  if (!layouts.isBlocked(x)) return undefined
  const average = channelMean(layouts.blocked(x))
  const difference = centered(x, outputs[1]!, average, layouts)
  const variance = channelMean(mul(difference, difference))
  const factor = mul(layouts.plain(scale), inverseStd(variance, attrs.epsilon as number))
  const y = affine(difference, { scale: factor, shift: layouts.plain(bias) })
  return [{ blocked: y }, { plain: average }, { plain: variance }]
}

/** By given statistics, as in evaluation: one pass, with what follows it. */
export const batchNormInferenceRule: BlockedRule = ({ inputs, attrs }, layouts) => {
  const [x, ...vectors] = inputs as [Value, Value, Value, Value, Value]
  if (!layouts.isBlocked(x)) return undefined
  const [scale, bias, average, variance] = vectors.map((value) => layouts.plain(value)) as [
    Value,
    Value,
    Value,
    Value,
  ]
  const factor = mul(scale, inverseStd(variance, (attrs.epsilon as number | undefined) ?? 1e-5))
  const shift = sub(bias, mul(average, factor))
  return [{ blocked: affine(layouts.blocked(x), { scale: factor, shift }) }]
}

/** dx = f dy - f mean(dy) - c f / variance mean(dy c), with c the centered x and f = scale / std. */
export const batchNormGradRule: BlockedRule = ({ inputs, attrs }, layouts) => {
  const [dy, x, scale, average, variance] = inputs as [Value, Value, Value, Value, Value]
  if (!layouts.isBlocked(x) || !layouts.canBlock(dy)) return undefined
  const [n, , height, width] = x.shape as [number, number, number, number]
  const count = n * height * width
  const difference = centered(x, average, layouts.plain(average), layouts)
  const gradient = layouts.blocked(dy)
  const inverse = inverseStd(layouts.plain(variance), attrs.epsilon as number)
  const factor = mul(layouts.plain(scale), inverse)
  const meanGradient = channelMean(gradient)
  const meanProduct = mul(channelMean(mul(gradient, difference)), inverse)
  const rest = affine(difference, {
    scale: neg(mul(mul(factor, inverse), meanProduct)),
    shift: neg(mul(factor, meanGradient)),
  })
  const dx = affine(gradient, { scale: factor, sum: rest })
  return [{ blocked: dx }, { plain: mul(meanProduct, count) }, { plain: mul(meanGradient, count) }]
}
