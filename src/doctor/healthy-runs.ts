import type { TrainEvent } from '../train/index.ts'
import { layerLike, layersOf, madeUpRun, parameterLike } from './made-up-run.ts'

/** Made-up runs with nothing wrong: no check may say otherwise. */
export const healthyRuns = (): Readonly<Record<string, readonly TrainEvent[]>> => ({
  'as a rule': madeUpRun(),
  'two epochs': madeUpRun({
    epochs: 2,
    loss: (t) => 2.3 * Math.exp(-1.5 * t),
    accuracy: (t) => 0.3 + 0.5 * t,
  }),
  'without validation': madeUpRun({ validation: null }),
  'without statistics, as older versions': madeUpRun({ statistics: null, weights: [] }),
  'still going on': madeUpRun().filter(({ type }) => type !== 'end' && type !== 'evaluation'),
  'small batches': madeUpRun({ recipe: { batchSize: 8 }, stepsPerEpoch: 80 }),
  'batch norm': madeUpRun({
    layers: layersOf('conv2d', 'batchNorm2d', 'relu', 'flatten', 'dropout', 'linear'),
  }),
  tanh: madeUpRun({
    layers: layersOf('linear', 'tanh', 'linear'),
    statistics: (t) => ({ layers: [layerLike('1', 'tanh', { saturated: 0.05 + 0.2 * t })] }),
  }),
  Adam: madeUpRun({
    recipe: {
      optimizer: 'adam',
      links: [
        { name: 'scaleByAdam', args: [{}] },
        { name: 'byRate', args: [1e-3] },
      ],
      rates: [1e-3, 1e-3, 1e-3, 1e-3, 1e-3],
    },
    statistics: (t) => ({
      parameters: ['0', '3', '5'].map((path) =>
        parameterLike(`${path}.weight`, { updateRatio: 0.02 * (1 - 0.8 * t) }),
      ),
    }),
  }),
  'a little imbalance': madeUpRun({ facts: { classCounts: [90, 60, 70, 64, 50, 40, 64, 64, 70, 68] } }),
  'a hard task, learned halfway': madeUpRun({
    loss: (t) => 2.3 - 1.4 * t,
    accuracy: (t) => 0.1 + 0.55 * t,
    validation: (t) => ({ loss: 2.3 - 1.35 * t, accuracy: 0.1 + 0.53 * t }),
    test: { scores: { loss: 0.9, accuracy: 0.63 }, samples: 10_000 },
  }),
  'smoothed labels, and weights that shrink': madeUpRun({
    loss: (t) => 0.87 + 1.43 * Math.exp(-3 * t),
    accuracy: (t) => 0.98 - 0.88 * Math.exp(-3 * t),
    validation: (t) => ({ loss: 1.05 + 1.25 * Math.exp(-4 * t), accuracy: 0.91 - 0.81 * Math.exp(-4 * t) }),
    test: { scores: { loss: 1.05, accuracy: 0.91 }, samples: 10_000 },
    recipe: {
      loss: { name: 'crossEntropy', args: [{ labelSmoothing: 0.2 }] },
      links: [
        { name: 'addDecay', args: [1.5e-3, {}] },
        { name: 'byRate', args: [1.3] },
      ],
    },
    statistics: (t) => ({ parameters: [parameterLike('0.weight', { norm: 6 * Math.exp(-t) })] }),
  }),
})
