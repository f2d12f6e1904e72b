import { type Tensor, tensor } from '../../core/index.ts'
import { type Dataset, fitTargets, type Indices, type Normalizer } from '../../data/index.ts'
import type { Loss } from '../../nn/index.ts'
import type { Checkpoint } from '../run/checkpoint.ts'

/** What the names of the tensors begin with. */
export const TARGETS = 'targets/'

/** How numbers to predict are standardized. */
export interface StandardizedTargets extends Normalizer {
  /** What the person should know. */
  readonly notices: readonly string[]
}

interface Samples {
  readonly data: Dataset
  readonly loss: Loss
  /** Those that are trained on. */
  readonly indices: Indices
}

/**
 * How the numbers to predict of a run are standardized, by its training samples: the loss is then of one size whatever their
 * units are, and so are good learning rates. A run that goes on keeps what it began with. Undefined for classes, and for losses
 * whose targets mean what they are.
 */
export function targetsOf(
  { data, loss, indices }: Samples,
  resume?: Checkpoint,
): StandardizedTargets | undefined {
  if (data.task !== 'regression' || loss.task !== 'regression' || loss.rawTargets) return undefined
  if (!resume) return fitTargets(data.train, indices)
  const part = (name: string) => resume.tensors.get(`${TARGETS}${name}`)?.data as Float64Array | undefined
  const [mean, std] = [part('mean'), part('std')]
  return mean && std && { mean: [...mean], std: [...std], notices: [] }
}

/** The same as named tensors, for checkpoints; none where nothing is standardized. */
export function targetTensors(targets: Normalizer | undefined): [name: string, held: Tensor][] {
  if (!targets) return []
  return (['mean', 'std'] as const).map((part) => [
    `${TARGETS}${part}`,
    tensor(targets[part], [targets[part].length], 'float64'),
  ])
}
