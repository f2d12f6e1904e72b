import { ensure, ensureKnownOptions, unknownName } from '../../core/index.ts'
import type { Value } from '../../graph/index.ts'
import {
  concat,
  logSoftmax,
  logSumExp,
  mean,
  mul,
  softmax,
  sub,
  sumSquare,
  unsqueeze,
} from '../../ops/index.ts'
import { expectWhole, formatBatch, nameLayer } from '../expect.ts'
import { defineLayer, type Layer } from '../layer.ts'
import { trace } from '../trace.ts'
import { sequential } from './containers.ts'
import { dropout } from './dropout.ts'
import { linear } from './linear.ts'

export interface MonteCarloOptions {
  /** Over how many draws the evaluation averages, at least 2 (default 16); it takes as many times as long. */
  samples?: number
  /**
   * What is averaged: `'probabilities'` (default) takes outputs [N, C] as scores of classes and gives the logarithm of the
   * mean of their softmax, which is itself a score; `'outputs'` takes the mean of the outputs, for regression.
   */
  average?: 'probabilities' | 'outputs'
  /** Which draws (default 0). They are a function of (seed, sample, layer): an evaluation can be repeated. */
  seed?: number
}

/**
 * Evaluation that averages over random layers: training is that of `model`; in evaluation dropout, DropConnect, stochastic
 * depth and fractional pooling draw as in training, `samples` times, and the predictions are averaged. Batch norm stays in
 * evaluation. The parameters keep their names, so that the checkpoint of a model fits it with and without this around it.
 * ```ts
 * nn.monteCarlo(nn.sequential(nn.linear(784, 512), nn.relu(), nn.dropout(), nn.linear(512, 10)), { samples: 20 })
 * ```
 * The samples of a batch share their draws, so that a prediction does not depend on its neighbors, and an exported model
 * holds the draws as constants. For the spread of the predictions see {@link predictiveMoments}.
 *
 * @throws for options out of range; when the evaluation is built, if nothing in the model draws.
 * Source: Gal and Ghahramani, Dropout as a Bayesian Approximation, 2016.
 */
export const monteCarlo = defineLayer(
  'monteCarlo',
  (model: Layer, options: MonteCarloOptions = {}) => {
    const { samples, average, seed } = expectOptions('monteCarlo', options)
    const { params, buffers, children } = model
    return {
      params,
      buffers,
      children,
      forward(x, self, context) {
        const build = () => model.forward(x, self, context)
        if (context.training) return build()
        const outputs = Array.from({ length: samples }, (_, i) => context.sample(seed, i, build))
        return average === 'outputs' ? meanOutput(outputs) : meanProbability(outputs)
      },
    }
  },
  {
    doc: 'Evaluates a model with its random layers drawing, several times, and averages the predictions.',
    source: 'Gal and Ghahramani, Dropout as a Bayesian Approximation, 2016',
    examples: [
      {
        name: 'classes',
        args: [sequential(linear(4, 6), dropout(), linear(6, 3)), { samples: 4 }],
        input: [3, 4],
      },
      {
        name: 'numbers',
        args: [sequential(dropout(0.2), linear(4, 2)), { samples: 3, average: 'outputs' }],
        input: [3, 4],
      },
    ],
  },
)

const meanOutput = (outputs: readonly Value[]): Value => mean(stacked(outputs), { axes: 0 })

/** ln of the mean probability: exact also where a probability underflows. */
function meanProbability(outputs: readonly Value[]): Value {
  const surprises = outputs.map((y) => logSoftmax(expectScores('monteCarlo', y), 1))
  return sub(logSumExp(stacked(surprises), { axes: 0 }), Math.log(outputs.length))
}

/** [N, ...] each -> [samples, N, ...] */
const stacked = (outputs: readonly Value[]) => concat(outputs.map((y) => unsqueeze(y, [0])))

export interface PredictiveOptions extends MonteCarloOptions {
  /** What stands for parameters and buffers; by default fresh graph inputs under their names. */
  values?: ReadonlyMap<string, Value>
}

/**
 * Mean and variance (divided by samples - 1) of the predictions of a model whose random layers draw, each [N, ...]: how sure
 * it is. Of the probabilities of classes, unless `average` is `'outputs'`. The draws are those of {@link monteCarlo}.
 * @returns with the inputs for parameters and buffers by name.
 * @throws as {@link monteCarlo} and `trace` do.
 */
export function predictiveMoments(
  model: Layer,
  x: Value,
  options: PredictiveOptions = {},
): { mean: Value; variance: Value; tensors: ReadonlyMap<string, Value> } {
  const { values, ...draws } = options
  const { samples, average, seed } = expectOptions('predictiveMoments', draws)
  const forward: Layer['forward'] = (x, self, context) => {
    const draw = (i: number) => context.sample(seed, i, () => model.forward(x, self, context))
    const outputs = Array.from({ length: samples }, (_, i) => draw(i))
    if (average === 'outputs') return stacked(outputs)
    return stacked(outputs.map((y) => softmax(expectScores('predictiveMoments', y), 1)))
  }
  const sampled: Layer = { ...model, type: 'predictiveMoments', forward }
  const { output, tensors } = trace(sampled, x, { training: false, values })
  const center = mean(output, { axes: 0 })
  const variance = mul(sumSquare(sub(output, center), { axes: 0 }), 1 / (samples - 1))
  return { mean: center, variance, tensors }
}

function expectOptions(type: string, options: MonteCarloOptions): Required<MonteCarloOptions> {
  ensureKnownOptions(type, options, ['samples', 'average', 'seed'])
  const { samples = 16, average = 'probabilities', seed = 0 } = options
  expectWhole(type, 'the number of samples', samples, 2)
  const averages = ['probabilities', 'outputs']
  if (!averages.includes(average)) throw unknownName(`${type} average`, average, averages)
  return { samples, average, seed }
}

function expectScores(type: string, y: Value): Value {
  ensure(
    y.rank === 2 && y.shape[1]! > 1,
    `${nameLayer(type)}: expected outputs [N, C] with two classes or more, got ${formatBatch(y.shape)}`,
    "average the outputs themselves: { average: 'outputs' }",
  )
  return y
}
