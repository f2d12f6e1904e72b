/** Our side of `bench -- step`: the training step that `gradus train` runs, on random data in memory. */
import { ensure, sizeOf } from '../../src/core/index.ts'
import { crossEntropy, initialize, parametersOf } from '../../src/nn/index.ts'
import { sgd } from '../../src/optim/index.ts'
import { createTrainStep } from '../../src/train/step/step.ts'
import { buildBenchModel } from '../models.ts'
import type { StepTask } from '../step.ts'
import { fillRandomly } from './random-batch.ts'
import { serve } from './serve.ts'

await serve(async (task: StepTask) => {
  const { name, inputShape, classes, batchSize, threads, lowering } = task
  const model = buildBenchModel(task)
  const tensors = initialize(model, 0)
  const step = await createTrainStep({
    model,
    loss: crossEntropy(),
    optimizer: sgd(0.01, { momentum: 0.9 }),
    inputShape,
    batchSize,
    horizon: {},
    seed: 0,
    tensors,
    threads,
    lowering,
  })
  fillRandomly(step, classes)
  let done = 0
  return {
    parameters: parametersOf(model).reduce((total, { spec }) => total + sizeOf(spec.shape), 0),
    async step() {
      const { loss } = await step.run(done++)
      ensure(Number.isFinite(loss), `${name}: the loss is ${loss} at step ${done}, so the times mean nothing`)
    },
  }
})
