import type { Check } from '../check.ts'
import { batchMixing } from './batch-mixing.ts'
import { deadInputs } from './dead-inputs.ts'
import { frozen } from './frozen.ts'
import { gradients } from './gradients.ts'
import { initialLoss } from './initial-loss.ts'
import { inputs } from './inputs.ts'
import { labels } from './labels.ts'
import { outputs } from './outputs.ts'
import { overfit } from './overfit.ts'
import { regularization } from './regularization.ts'
import { saturation } from './saturation.ts'
import { scale } from './scale.ts'
import { trainEval } from './train-eval.ts'
import { units } from './units.ts'

/** What is checked before training, the quickest first. */
export const checks: readonly Check[] = [
  labels,
  inputs,
  deadInputs,
  outputs,
  initialLoss,
  regularization,
  scale,
  saturation,
  batchMixing,
  trainEval,
  frozen,
  units,
  gradients,
  overfit,
]
