import { sizeOf } from '../../../core/index.ts'
import { type Check, short, type Verdict } from '../check.ts'
import { lossValues } from '../loss-values.ts'

/**
 * Whether the labels are what the model is to answer. That outputs, loss and labels go together in number and kind is sure when
 * a recipe could be prepared; here the labels themselves are counted. Labels that are shuffled look like any others: no
 * check before training sees them.
 */
export const labels: Check = {
  name: 'labels',
  title: 'labels and outputs',
  async run(subject) {
    const { data, loss } = subject.prepared
    const samples = await subject.samples(subject.batchSize)
    const { output } = await subject.atStart()
    const { repeated } = await lossValues(loss, output.shape.slice(1), samples)
    const outputs = sizeOf(output.shape.slice(1))
    const evidence = { task: data.task, loss: loss.name, outputs, repeated }
    if (repeated > 1.5) return sums(loss.name, evidence)
    if (data.task !== 'classification')
      return { severity: 'fine', title: `${outputs} outputs for ${data.targets.length} numbers`, evidence }
    return countClasses(data.classes, data.train.labels as Int32Array, evidence)
  },
}

type Evidence = Readonly<Record<string, string | number>>

function sums(loss: string, evidence: Evidence): Verdict {
  return {
    severity: 'warning',
    title: `${loss} adds up over the batch instead of taking the mean`,
    evidence,
    explanation:
      'Every sample twice gives twice the loss: the gradient then grows with the batch size, and a learning rate fits only one.',
    suggestions: [{ title: 'divide the loss by the number of samples: ops.mean instead of ops.sum' }],
  }
}

function countClasses(classes: readonly string[], labels: Int32Array, evidence: Evidence): Verdict {
  const counts = new Array<number>(classes.length).fill(0)
  for (const label of labels) counts[label]!++
  const empty = classes.filter((_, c) => counts[c] === 0)
  const present = classes.length - empty.length
  const all = { ...evidence, classes: classes.length, perClass: counts }
  if (present < 2)
    return {
      severity: 'problem',
      title: `all training samples are of one class`,
      evidence: all,
      explanation: 'A model that always gives that class is right every time, and learns nothing else.',
      suggestions: [{ title: 'look at the labels of the data: expected samples of every class' }],
    }
  if (empty.length > 0)
    return {
      severity: 'warning',
      title: `no training samples of class ${empty.slice(0, 5).join(', ')}${empty.length > 5 ? ', ...' : ''}`,
      evidence: all,
      explanation: 'The model can only learn never to give these classes.',
      suggestions: [{ title: 'leave the classes out, or add samples of them' }],
    }
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return {
    severity: 'fine',
    title: `${classes.length} outputs for ${classes.length} classes, with ${short(least)} to ${short(most)} samples each`,
    evidence: all,
  }
}
