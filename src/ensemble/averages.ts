import type { Value } from '../graph/index.ts'
import type { Loss } from '../nn/index.ts'
import { concat, logSoftmax, logSumExp, mean, neg, softplus, sub, unsqueeze } from '../ops/index.ts'

/** By the task of a loss, what networks say together: their outputs [N, ...] as one, of the same kind and shape. */
export const averages: Readonly<Record<Loss['task'], (outputs: readonly Value[]) => Value>> = {
  /** Scores [N, classes]; the mean of the probabilities that softmax makes of them, as its logarithm. */
  classification: (scores) =>
    sub(logTotal(scores.map((each) => logSoftmax(each, 1))), Math.log(scores.length)),
  /** Logits of yes; the logit of the mean probability. Sums of logarithms: the means are too close to 0 and 1 to be divided. */
  binary: (logits) =>
    sub(
      logTotal(logits.map((each) => neg(softplus(neg(each))))),
      logTotal(logits.map((each) => neg(softplus(each)))),
    ),
  regression: (numbers) => mean(stacked(numbers), { axes: 0 }),
}

/** ln of the sum of what the values are logarithms of. */
const logTotal = (logarithms: readonly Value[]) => logSumExp(stacked(logarithms), { axes: 0 })

const stacked = (values: readonly Value[]) => concat(values.map((value) => unsqueeze(value, [0])))
