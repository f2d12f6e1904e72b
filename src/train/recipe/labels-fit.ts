import { ensure, type Shape, sizeOf } from '../../core/index.ts'
import type { ClassificationData, Dataset, RegressionData } from '../../data/index.ts'
import { input } from '../../graph/index.ts'
import { type Layer, type Loss, trace } from '../../nn/index.ts'

interface Parts {
  readonly model: Layer
  readonly loss: Loss
  readonly data: Dataset
  readonly batchSize: number
}

/**
 * Fails unless the labels of the data are what the loss compares the model's output with: one number per sample and a score
 * for each class, or as many numbers as are to be predicted. Otherwise training would run, and learn nothing that makes sense.
 */
export function expectLabelsFit({ model, loss, data, batchSize }: Parts): void {
  const { output } = trace(model, input('inputs', [batchSize, ...data.inputShape]), { training: true })
  const targets = loss.targetShape(output.shape)
  if (data.task === 'regression') expectNumbersFit(loss, data, sizeOf(targets) / batchSize)
  else expectClassesFit(loss, data, output.shape, targets)
}

function expectClassesFit(loss: Loss, data: ClassificationData, output: Shape, targets: Shape): void {
  const { name } = data
  const classes = data.classes.length
  ensure(
    sizeOf(targets) === targets[0],
    `${loss.name}: expected targets [${['N', ...targets.slice(1)].join(', ')}], ` +
      `but ${name} has one label per sample`,
    'for classes take losses.crossEntropy(); for numbers end the model with one output: nn.linear(features, 1)',
  )
  ensure(
    loss.task !== 'classification' || output[1] === classes,
    `the model gives scores of ${output[1]} classes, but ${name} has ${classes}`,
    `end the model with nn.linear(features, ${classes})`,
  )
  ensure(
    loss.task !== 'binary' || classes <= 2,
    `${loss.name}: expected labels 0 and 1, but ${name} has ${classes} classes`,
    'take losses.crossEntropy()',
  )
}

function expectNumbersFit(loss: Loss, { name, targets }: RegressionData, perSample: number): void {
  ensure(
    loss.task !== 'classification',
    `${loss.name}: expected classes, but ${name} has numbers to predict (${targets.join(', ')})`,
    'take losses.mse() or losses.huber()',
  )
  ensure(
    perSample === targets.length,
    `the model gives ${perSample} numbers per sample, but ${name} has ${targets.length} to predict: ${targets.join(', ')}`,
    `end the model with nn.linear(features, ${targets.length})`,
  )
}
