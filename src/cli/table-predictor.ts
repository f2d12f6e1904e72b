import { z } from 'zod'
import { ensure, formatShape } from '../core/index.ts'
import { layoutWidth, readRows, type TableLayout, type TableRows } from '../data/index.ts'
import type { OnnxModel } from '../onnx/index.ts'
import type { CompileOptions } from '../runtime/index.ts'
import {
  type Answers,
  classAnswers,
  isYesNo,
  type Network,
  numberAnswers,
  openNetwork,
  yesNoAnswers,
} from '../train/index.ts'
import { metadataOf, namesText } from './classifier.ts'
import type { Answer, Prediction } from './predictions.ts'

/** What the metadata call the columns of the table that the network learned from. */
export const LAYOUT = 'gradus.table'

/** Of a model that takes rows of a table. */
export interface TablePredictor {
  /** What is predicted, for the head of a column. */
  readonly label: string
  /**
   * What the model says of each row of a table.
   * @param ignore names of columns that do not count.
   * @throws naming what in the table is not as it was in training.
   */
  predict(path: string, ignore: readonly string[]): AsyncGenerator<Prediction, void, undefined>
}

const layoutText = z.object({
  columns: z.array(
    z.object({ name: z.string(), categories: z.array(z.string()).optional(), fill: z.number().optional() }),
  ),
  labels: namesText,
  unused: z.array(z.string()),
})

/**
 * Makes ready a model whose file says which columns it learned from, as files that Gradus wrote do.
 * @param where names the file in errors.
 * @throws if the model does not take such rows, or gives something else than one score per class or the numbers to predict.
 */
export async function openTablePredictor(
  model: OnnxModel,
  where: string,
  options: CompileOptions,
): Promise<TablePredictor> {
  const layout = metadataOf(model.metadata, LAYOUT, layoutText, where) as TableLayout
  const network = await openNetwork(model, options)
  const width = layoutWidth(layout)
  ensure(
    network.inputShape.length === 1 && network.inputShape[0] === width,
    `${where}: expected a model of rows with ${width} numbers, as its columns become, found ${formatShape(network.inputShape)}`,
  )
  const { answers, nameOf } = readingOf(network, where)
  ensure(
    answers.outputs === network.outputs,
    `${where}: expected ${answers.outputs} outputs, as many as it has to predict, found ${network.outputs}`,
  )
  return {
    label: layout.labels.join(', '),
    async *predict(path, ignore) {
      const rows = await readRows(path, layout, { ignore })
      for await (const [row, said] of answersTo(network, answers, rows)) {
        const { kind, number } = rows.placeOf(row)
        yield { of: { [kind]: number }, name: `${kind} ${number}`, answer: nameOf(said) }
      }
    },
  }
}

interface Reading {
  readonly answers: Answers
  /** What the numbers read for a row mean. */
  nameOf(said: Float64Array): Answer
}

function readingOf({ metadata, outputs }: Network, where: string): Reading {
  // What the loss took the outputs for.
  const task = metadata['gradus.task']
  if (metadata['gradus.targets'] !== undefined) {
    const targets = metadataOf(metadata, 'gradus.targets', namesText, where)
    const read = task === 'binary' ? (logit: number) => 1 / (1 + Math.exp(-logit)) : undefined
    return {
      answers: numberAnswers(targets.length, read),
      nameOf: (said) => ({ predictions: Object.fromEntries(targets.map((name, i) => [name, said[i]!])) }),
    }
  }
  const classes = metadataOf(metadata, 'gradus.classes', namesText, where)
  ensure(
    task !== 'regression',
    `${where}: expected scores of classes, but the network learned the classes' numbers (${task})`,
    'gradus evaluate says how far off it is; for classes train with losses.crossEntropy()',
  )
  return {
    answers: isYesNo(outputs, classes.length) ? yesNoAnswers : classAnswers(classes.length),
    nameOf(said) {
      const named = classes.map((name, c) => ({ class: name, probability: Math.exp(said[c]!) }))
      return { classes: named.sort((a, b) => b.probability - a.probability) }
    },
  }
}

/** What the network says of each row, a batch at a time. */
async function* answersTo(
  network: Network,
  answers: Answers,
  { inputs, count }: TableRows,
): AsyncGenerator<readonly [row: number, said: Float64Array], void, undefined> {
  const { batchSize } = network
  const width = inputs.length / count
  for (let start = 0; start < count; start += batchSize) {
    const [outputs] = await network.run(inputs.subarray(start * width, (start + batchSize) * width))
    const said = answers.read(outputs!)
    for (let i = 0; i < Math.min(batchSize, count - start); i++)
      yield [start + i, said.subarray(i * answers.width, (i + 1) * answers.width)]
  }
}
