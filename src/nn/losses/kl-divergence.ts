import { ensure, ensureKnownOptions } from '../../core/index.ts'
import { greater, log, logSoftmax, mean, mul, sub, sum, where } from '../../ops/index.ts'
import { expectScores } from './classes.ts'
import { defineLoss } from './define.ts'
import { expectSameAs } from './loss.ts'

export interface KlDivergenceOptions {
  /**
   * What logits are divided by (default 1): above 1 the small probabilities of a teacher's answer count more. The targets
   * must have been softened alike.
   */
  temperature?: number
}

/**
 * Kullback-Leibler divergence from soft targets to the model's probabilities, from logits [N, C]:
 * T^2 sum t (ln t - ln softmax(x / T)), the mean over the batch (PyTorch's `batchmean`). Targets are probabilities, floats
 * [N, C], such as those of a teacher. The factor T^2 keeps the scale of the gradients for every temperature T.
 *
 * Its gradient is that of `crossEntropy` with probabilities; but it is 0 where the model agrees.
 * @throws if the temperature is not positive; when the graph is built, if the targets do not fit.
 * Source: Hinton et al., Distilling the Knowledge in a Neural Network, 2015.
 */
export const klDivergence = defineLoss(
  'klDivergence',
  (options: KlDivergenceOptions = {}) => {
    ensureKnownOptions('klDivergence', options, ['temperature'])
    const { temperature = 1 } = options
    ensure(
      temperature > 0 && Number.isFinite(temperature),
      `klDivergence: expected temperature > 0, got ${temperature}`,
    )
    return {
      // There is no one right class that an accuracy could count.
      task: 'regression',
      targetDType: 'float32',
      rawTargets: true,
      targetShape(output) {
        expectScores('klDivergence', output)
        return output
      },
      apply(output, target) {
        expectScores('klDivergence', output.shape)
        expectSameAs(output, target, 'klDivergence')
        const isPossible = greater(target, 0)
        const wanted = log(where(isPossible, target, 1)) // 0 ln 0 = 0
        const terms = mul(target, sub(wanted, logSoftmax(mul(output, 1 / temperature), 1)))
        return mul(mean(sum(terms, { axes: 1 })), temperature ** 2)
      },
    }
  },
  {
    doc: 'How far the probabilities of a model are from soft targets, such as those of a teacher.',
    source: 'Hinton et al., Distilling the Knowledge in a Neural Network, 2015',
    examples: [
      { name: 'default', args: [], input: [6, 4] },
      { name: 'softened', args: [{ temperature: 3 }], input: [6, 4] },
    ],
  },
)
