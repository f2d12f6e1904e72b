import { ensure, ensureKnownOptions, unknownName } from '../../core/index.ts'
import { max, mean, mul, relu, sub, sum } from '../../ops/index.ts'
import { expectClasses, expectScores, otherScores, rightScore } from './classes.ts'
import { defineLoss } from './define.ts'

export interface HingeOptions {
  /** By how much the score of the right class must exceed the others (default 1). */
  margin?: number
  /**
   * `'weston-watkins'` (default): the sum over all wrong classes of what each lacks, as in the notes of CS231n;
   * `'crammer-singer'`: the most that any of them lacks.
   */
  form?: 'weston-watkins' | 'crammer-singer'
  /** Whether what is lacking is squared (default false): the L2-SVM, which minds large violations more. */
  squared?: boolean
}

/**
 * Multi-class hinge loss (SVM) from scores [N, C]: sum over j != y of max(0, s_j - s_y + margin), the mean over the batch.
 * Right answers with a margin cost nothing. Targets are classes, int32 [N].
 *
 * PyTorch's `MultiMarginLoss` is the form of Weston and Watkins divided by C; ours is not, as in the texts, so that its
 * gradients do not fade with the number of classes. A model that knows nothing has a loss of (C - 1) margin.
 * @throws for options out of range; when the graph is built, if scores and targets do not fit.
 * Source: Weston and Watkins, Support Vector Machines for Multi-Class Pattern Recognition, 1999; Crammer and Singer, On the
 * Algorithmic Implementation of Multiclass Kernel-based Vector Machines, 2001.
 */
export const hinge = defineLoss(
  'hinge',
  (options: HingeOptions = {}) => {
    ensureKnownOptions('hinge', options, ['margin', 'form', 'squared'])
    const { margin = 1, form = 'weston-watkins', squared = false } = options
    ensure(margin > 0 && Number.isFinite(margin), `hinge: expected margin > 0, got ${margin}`)
    const forms = ['weston-watkins', 'crammer-singer']
    if (!forms.includes(form)) throw unknownName('hinge form', form, forms)
    return {
      task: 'classification',
      targetDType: 'int32',
      targetShape: (output) => [expectScores('hinge', output).batch],
      apply(output, target) {
        const right = expectClasses('hinge', output, target)
        const behind = sub(otherScores(output, right), sub(rightScore(output, right), margin)) // [N, C]
        const lacking = relu(form === 'crammer-singer' ? max(behind, { axes: 1, keepDims: true }) : behind)
        return mean(sum(squared ? mul(lacking, lacking) : lacking, { axes: 1 }))
      },
    }
  },
  {
    doc: 'Multi-class SVM: what the score of the right class lacks to exceed the others by a margin.',
    source: 'Weston and Watkins, Support Vector Machines for Multi-Class Pattern Recognition, 1999',
    examples: [
      { name: 'weston-watkins', args: [], input: [6, 4] },
      { name: 'crammer-singer', args: [{ form: 'crammer-singer' }], input: [6, 4] },
      { name: 'squared', args: [{ squared: true, margin: 0.5 }], input: [6, 4] },
    ],
  },
)
