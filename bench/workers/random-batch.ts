import { Random } from '../../src/core/index.ts'
import type { TrainStep } from '../../src/train/step/step.ts'

/** Gives a step random samples and labels. */
export function fillRandomly({ inputs, targets }: TrainStep, classes: number): void {
  const random = new Random('bench')
  for (let i = 0; i < inputs.data.length; i++) inputs.data[i] = random.normal()
  for (let i = 0; i < targets.data.length; i++) targets.data[i] = random.integer(classes)
}
