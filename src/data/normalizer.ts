import { ensure, type Shape, sizeOf } from '../core/index.ts'

/**
 * Standardizes inputs by channel: (x - mean) / std, in the units of the raw inputs. Plain data: it is saved with a run
 * and goes in front of the exported model.
 */
export interface Normalizer {
  /** By channel. */
  readonly mean: readonly number[]
  /** By channel, positive. */
  readonly std: readonly number[]
}

export interface FittedNormalizer extends Normalizer {
  /** What a person should know: the channels that are constant, whose std is set to 1. */
  readonly notices: readonly string[]
}

/** How a sample divides into channels: their number, and the values of each. */
export interface Channels {
  readonly count: number
  /** Values of one channel in one sample, which lie together. */
  readonly plane: number
}

/** Channels are the first axis of a sample. */
export function channelsOf(shape: Shape): Channels {
  const count = shape[0] ?? 1
  return { count, plane: sizeOf(shape) / count }
}

/** Fails unless the normalizer is one for so many channels. */
export function checkNormalizer({ mean, std }: Normalizer, channels: number): void {
  ensure(
    mean.length === channels && std.length === channels,
    `normalizer: expected a mean and a std for ${channels} channels, got ${mean.length} and ${std.length}`,
    'fit it on the data that it is used for',
  )
  const wrong = std.findIndex(
    (value, c) => !(value > 0 && Number.isFinite(value) && Number.isFinite(mean[c])),
  )
  ensure(
    wrong < 0,
    `normalizer: expected a finite mean and a positive std, got ${mean[wrong]} and ${std[wrong]} for channel ${wrong}`,
  )
}
