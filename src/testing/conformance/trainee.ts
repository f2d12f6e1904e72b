import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cloneTensor, Random, type Tensor } from '../../core/index.ts'
import { initialize, type Layer, type Loss, linear, mse } from '../../nn/index.ts'
import type { Optimizer } from '../../optim/index.ts'
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from '../../train/run/checkpoint.ts'
import { createTrainStep, type TrainStep } from '../../train/step/step.ts'

/** A small model in training: everything that a run does to it, without the run. */
export interface Trainee {
  readonly step: TrainStep
  /** Parameters by name, as they are now. */
  readonly tensors: ReadonlyMap<string, Tensor>
  /** Does steps number `from .. to - 1`, each with a batch of its own. */
  train(from: number, to: number): Promise<void>
}

export interface TraineeOptions {
  readonly model?: Layer
  readonly loss?: Loss
  /** Parts that a batch is worked through in (default 1). */
  readonly accumulate?: number
  /** Go on from here. */
  readonly checkpoint?: Checkpoint
}

/** The length of the run, for schedules. */
const horizon = { steps: 200, stepsPerEpoch: 20 }
const [BATCH, FEATURES] = [4, 3]

/** A linear layer that learns numbers, with an optimizer. */
export async function traineeOf(optimizer: Optimizer, options: TraineeOptions = {}): Promise<Trainee> {
  const { model = linear(FEATURES, 2), loss = mse(), accumulate, checkpoint } = options
  const tensors = new Map(
    [...initialize(model, 0)].map(([name, fresh]) => [name, checkpoint?.tensors.get(name) ?? fresh] as const),
  )
  const step = await createTrainStep({
    model,
    loss,
    inputShape: [FEATURES],
    batchSize: BATCH,
    optimizer,
    accumulate,
    horizon,
    seed: 0,
    tensors,
    state: checkpoint?.tensors,
    threads: 1,
    lowering: false,
  })
  const train = async (from: number, to: number) => {
    for (let at = from; at < to; at++) {
      const random = new Random('batch', at)
      for (const { data } of [step.inputs, step.targets]) {
        for (let i = 0; i < data.length; i++) data[i] = random.normal()
      }
      await step.run(at)
    }
  }
  return { step, tensors, train }
}

/** All that a checkpoint holds of a trainee, copied. */
export function snapshotOf({ tensors, step }: Trainee): Map<string, Tensor> {
  return new Map([...tensors, ...step.state].map(([name, held]) => [name, cloneTensor(held)]))
}

/** What is left of tensors that went through a file. */
export function throughFile(tensors: ReadonlyMap<string, Tensor>): Checkpoint {
  const folder = mkdtempSync(join(tmpdir(), 'gradus-conformance-'))
  try {
    const path = join(folder, 'last.safetensors')
    saveCheckpoint(path, { tensors, state: {} })
    return loadCheckpoint(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
