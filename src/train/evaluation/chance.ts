import type { Augmenter, Occasion } from '../../augment/index.ts'
import { ensure, Random } from '../../core/index.ts'
import { fillRandom } from '../../nn/index.ts'
import type { Program } from '../../runtime/index.ts'
import type { TrainingGraph } from '../step/training-graph.ts'

/**
 * Fills in what layers draw in a step, each time for the next part of its batch. It is a function of (seed, step, layer), so a
 * resumed run draws the same; the parts take their numbers one after the other: together they are those of the whole batch.
 */
export function drawer(
  { draws }: Pick<TrainingGraph, 'draws'>,
  seed: number,
  step: number,
): (program: Program) => void {
  const streams = draws.map(({ value, fill }) => {
    const name = value.name!
    return { name, fill, random: new Random(seed, 'draw', step, name) }
  })
  return ({ inputs }) => {
    for (const { name, fill, random } of streams) fillRandom(inputs[name]!.data, fill, random)
  }
}

/** Draws what happens to the pictures of part number `part` of a batch: a function of (seed, epoch, sample). */
export function fillAugmented(
  { inputs }: Program,
  { augmented }: Pick<TrainingGraph, 'augmented'>,
  { augment, occasion, part = 0 }: { augment?: Augmenter; occasion?: Occasion; part?: number },
): void {
  augmented.forEach(({ name }, pass) => {
    const { data, shape } = inputs[name!]!
    const [count] = shape as [number]
    const samples = occasion?.samples.subarray(part * count, (part + 1) * count)
    ensure(
      occasion && samples?.length === count,
      'augment: expected the samples of the batch with the step, got none',
    )
    augment!.fill(pass, { epoch: occasion.epoch, samples }, data as Float32Array)
  })
}
