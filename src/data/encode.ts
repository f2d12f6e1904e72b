import { type Shape, sizeOf } from '../core/index.ts'
import { type Channels, channelsOf, checkNormalizer, type Normalizer } from './normalizer.ts'

/** Writes one sample into `out` from `at` on. */
export type Encode = (sample: number, out: Float32Array, at: number) => void

/**
 * How samples that lie one after another in memory become numbers for the network: converted to float32, and standardized if there is a
 * normalizer.
 * @throws if the normalizer is one for another number of channels.
 */
export function encoder(
  inputs: Uint8Array | Float32Array,
  shape: Shape,
  normalizer: Normalizer | undefined,
): Encode {
  const channels = channelsOf(shape)
  if (normalizer) checkNormalizer(normalizer, channels.count)
  if (inputs instanceof Uint8Array) return encodeBytes(inputs, channels, normalizer)
  return normalizer ? encodeFloats(inputs, channels, normalizer) : copyFloats(inputs, sizeOf(shape))
}

/** A byte has 256 values: what becomes of each is looked up, by channel. */
function encodeBytes(bytes: Uint8Array, channels: Channels, normalizer: Normalizer | undefined): Encode {
  const { count, plane } = channels
  const tables = Array.from({ length: count }, (_, c) => {
    const mean = normalizer?.mean[c] ?? 0
    const std = normalizer?.std[c] ?? 1
    return Float32Array.from({ length: 256 }, (_, value) => (value - mean) / std)
  })
  return (sample, out, at) => {
    tables.forEach((table, c) => {
      lookUp(bytes, (sample * count + c) * plane, table, out, at + c * plane, plane)
    })
  }
}

/** A function of its own: the same loop takes two to three times as long where a closure keeps the arrays. */
function lookUp(
  bytes: Uint8Array,
  from: number,
  table: Float32Array,
  out: Float32Array,
  to: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) out[to + i] = table[bytes[from + i]!]!
}

function encodeFloats(values: Float32Array, { count, plane }: Channels, { mean, std }: Normalizer): Encode {
  return (sample, out, at) => {
    let to = at
    let from = sample * count * plane
    for (let c = 0; c < count; c++) {
      const m = mean[c]!
      const s = std[c]!
      for (const end = from + plane; from < end; from++) out[to++] = (values[from]! - m) / s
    }
  }
}

const copyFloats =
  (values: Float32Array, size: number): Encode =>
  (sample, out, at) =>
    out.set(values.subarray(sample * size, (sample + 1) * size), at)
