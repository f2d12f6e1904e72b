import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StartEvent, StepEvent, TrainEvent } from '../../../src/train/events.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, second, 125)).toISOString()
const run = 'runs/digits-1'

/** A run of one epoch of two steps, with one event of every type, and numbers that float32 does not hold exactly. */
export function someEvents(folder: string): TrainEvent[] {
  const data = { name: 'digits', train: 64, validation: 16, test: 16, inputShape: [1, 8, 8], classes: 3 }
  const common = { epoch: 1, batches: 2, seconds: 0.02, samplesPerSecond: 1600 }
  const steps = [1, 2].map((step): TrainEvent => {
    const metrics = { accuracy: 0.1 * step }
    return {
      type: 'step',
      time: at(step),
      step,
      batch: step,
      loss: 2.3 / step,
      rate: 0.05,
      metrics,
      ...common,
    }
  })
  const scores = { loss: 1.1, accuracy: 0.8125 }
  const summary = { run, outcome: 'finished', epochs: 1, steps: 2, seconds: 1, parameters: 9 } as const
  return [
    {
      type: 'start',
      time: at(0),
      step: 0,
      run,
      resumed: false,
      data,
      model: { name: 'cnn', parameters: 9, multiplyAdds: 81 },
      epochs: 1,
      batchSize: 32,
      stepsPerEpoch: 2,
      device: 'cpu',
      threads: 2,
      seed: 1,
    },
    ...steps,
    statistics,
    {
      type: 'epoch',
      time: at(4),
      step: 2,
      epochs: 1,
      train: { loss: 1.7 },
      validation: scores,
      best: true,
      rate: 0.05,
      ...common,
    },
    {
      type: 'checkpoint',
      time: at(5),
      step: 2,
      kind: 'best',
      path: join(folder, 'best.safetensors'),
      epoch: 1,
    },
    { type: 'notice', time: at(5), step: 2, message: 'nothing to see' },
    { type: 'evaluation', time: at(6), step: 2, split: 'test', epoch: 1, scores, samples: 16, seconds: 0.1 },
    { type: 'end', time: at(7), step: 2, ...summary, imagesPerSecond: 1600, files: [] },
  ]
}

/** The same run, going on from step 1: its second step has another loss. */
export function resumedEvents(folder: string): TrainEvent[] {
  const [start, , second] = someEvents(folder) as [StartEvent, StepEvent, StepEvent]
  return [
    { ...start, time: at(10), step: 1, resumed: true },
    { ...second, time: at(11), loss: 9 },
  ]
}

const statistics: TrainEvent = {
  type: 'statistics',
  time: at(3),
  step: 2,
  epoch: 1,
  layers: [
    {
      path: 'act',
      type: 'relu',
      mean: 0.3,
      std: 0.4,
      zeros: 0.5,
      dead: 0.125,
      histogram: { from: 0, to: 2, counts: [6, 3, 0, 1] },
      gradient: { mean: 0, std: 1e-4 },
    },
  ],
  parameters: [
    { name: 'conv.weight', norm: 1.5, gradientNorm: 0.2, std: 0.5, gradientStd: 0.07, updateRatio: 0.00125 },
  ],
  gradient: { norm: 0.2, cosine: 0.75 },
  input: { mean: 0.01, std: 0.99 },
  filters: {
    name: 'conv.weight',
    shape: [2, 1, 3, 3],
    values: Array.from({ length: 18 }, (_, i) => (i < 9 ? i : 8 - (i % 4))),
  },
}

/** The evaluation of the run, from which a picture is made. */
export function writeEvaluation(folder: string): void {
  const confusion = [
    [5, 0, 1],
    [0, 4, 0],
    [2, 0, 4],
  ]
  writeFileSync(join(folder, 'evaluation.json'), JSON.stringify({ confusion }))
}
