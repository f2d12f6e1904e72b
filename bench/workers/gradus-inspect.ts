/** A side of `bench -- inspect`: training steps, with a look at some of them or without. */
import { sizeOf } from '../../src/core/index.ts'
import { crossEntropy, initialize, parametersOf } from '../../src/nn/index.ts'
import { sgd } from '../../src/optim/index.ts'
import { Statistics, statisticsDefaults } from '../../src/train/statistics/index.ts'
import { createTrainStep } from '../../src/train/step/step.ts'
import { type InspectTask, LOOK_EVERY } from '../inspect.ts'
import { buildBenchModel } from '../models.ts'
import { fillRandomly } from './random-batch.ts'
import { serve } from './serve.ts'

await serve(async (task: InspectTask) => {
  const { inputShape, classes, batchSize, threads, statistics } = task
  const model = buildBenchModel(task)
  const tensors = initialize(model, 0)
  const optimizer = sgd(0.01, { momentum: 0.9 })
  const common = { model, loss: crossEntropy(), inputShape, batchSize, tensors, seed: 0, threads }
  const step = await createTrainStep({ ...common, optimizer, horizon: {} })
  fillRandomly(step, classes)
  const watched = new Statistics({
    ...{ ...statisticsDefaults, step, tensors, seed: 0, threads, progress: {} },
    every: LOOK_EVERY,
    stepsPerEpoch: Number.MAX_SAFE_INTEGER,
    emit: async (event) => void JSON.stringify(event), // as the log of a run does
  })
  const occasion = { epoch: 0, samples: new Uint32Array(batchSize) }
  let done = LOOK_EVERY
  const one = async () => {
    await (statistics ? watched : step).run(done++, 1, occasion)
  }
  return {
    parameters: parametersOf(model).reduce((total, { spec }) => total + sizeOf(spec.shape), 0),
    step: one,
    async timedStep() {
      const started = performance.now()
      for (let i = 0; i < LOOK_EVERY; i++) await one()
      return (performance.now() - started) / LOOK_EVERY
    },
  }
})
