import type { TypedArray } from '../../core/index.ts'
import type { Value } from '../../graph/index.ts'

/** What the outputs of an activation tend to, where it passes almost no gradient; undefined where it does. */
export interface Ends {
  readonly low?: number
  readonly high?: number
}

/** Of the operators that have a range. A clipping has it from its limits. */
const ranges: Readonly<Record<string, Ends>> = {
  Sigmoid: { low: 0, high: 1 },
  HardSigmoid: { low: 0, high: 1 },
  Tanh: { low: -1, high: 1 },
  Softsign: { low: -1, high: 1 },
}

/** How near to an end counts, as a share of the range. */
const NEAR = 0.01

/**
 * The flat ends of what made a value, if it is an activation that has two. At 0 a ReLU6 is a ReLU: that is what zeros tell, so
 * only its upper end counts.
 */
export function flatEnds({ producer }: Value): Ends | undefined {
  if (!producer) return undefined
  if (producer.op.type !== 'Clip') return ranges[producer.op.type]
  const [low, high] = limitsOf(producer.inputs)
  if (low === undefined || high === undefined) return undefined
  return low === 0 ? { high } : { low, high }
}

/** Whether what made a value cuts off at 0 what is below, as a ReLU does. */
export function canDie({ producer }: Value): boolean {
  if (producer?.op.type === 'Clip') return limitsOf(producer.inputs)[0] === 0
  return producer?.op.type === 'Relu'
}

function limitsOf([, ...limits]: readonly (Value | undefined)[]): (number | undefined)[] {
  return limits.map((limit) => (limit?.data ? Number(limit.data.data[0]) : undefined))
}

/** The share of elements within a hundredth of the range from an end, 0 to 1. */
export function saturatedShare(values: TypedArray, { low, high }: Ends): number {
  const margin = NEAR * (high! - (low ?? 0))
  const [below, above] = [low === undefined ? -Infinity : low + margin, high! - margin]
  let count = 0
  for (let i = 0; i < values.length; i++) if (values[i]! < below || values[i]! > above) count++
  return count / values.length
}
