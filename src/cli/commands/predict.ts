import { ensure, within } from '../../core/index.ts'
import { inspectOnnx } from '../../onnx/index.ts'
import { atomicWrite, readNetwork, type Tta } from '../../train/index.ts'
import { openClassifier } from '../classifier.ts'
import { readModel, readModelFile } from '../model-file.ts'
import { formatPrediction, jsonPrediction, type Prediction, PredictionTable } from '../predictions.ts'
import { readImage } from '../read-image.ts'
import { grouped } from '../table.ts'
import { LAYOUT, openTablePredictor } from '../table-predictor.ts'

export interface PredictOptions {
  readonly top: number
  readonly tta?: Tta
  /** Columns of a table that do not count. */
  readonly ignore?: readonly string[]
  /** A CSV file, instead of lines. */
  readonly out?: string
  /** Whether it has a column for each class. */
  readonly probabilities?: boolean
  readonly lowering?: boolean
  readonly json?: boolean
}

/** Rows of a table that are looked at together. */
const BATCH = 256

/** `gradus predict RUN|MODEL.onnx IMAGE...|TABLE...`: one line per image or row. */
export async function predict(
  source: string,
  paths: readonly string[],
  options: PredictOptions,
): Promise<void> {
  const { top, out, probabilities = false, json } = options
  ensure(
    !probabilities || out !== undefined,
    '--probabilities: expected --out, the file that has a column for each class',
    'lines have the likeliest classes (--top), lines of JSON all of them',
  )
  const { label, predictions } = await open(source, paths, options)
  if (out === undefined) {
    for await (const one of predictions)
      process.stdout.write(`${json ? jsonPrediction(one) : formatPrediction(one, top)}\n`)
    return
  }
  const table = new PredictionTable({ label, probabilities })
  for await (const one of predictions) table.add(one)
  atomicWrite(out, table.toString())
  const { rows } = table
  process.stdout.write(`${json ? JSON.stringify({ out, rows }) : `${out}   ${grouped(rows)} predictions`}\n`)
}

interface Opened {
  /** What is predicted. */
  readonly label: string
  readonly predictions: AsyncIterable<Prediction>
}

/** The model, ready for what it takes: rows of tables, or pictures. */
async function open(source: string, paths: readonly string[], options: PredictOptions): Promise<Opened> {
  const { file, bytes } = readModelFile(source)
  const { metadata } = within(file, () => inspectOnnx(bytes))
  const { tta = 'none', ignore = [], lowering } = options
  if (metadata[LAYOUT] === undefined) {
    ensure(ignore.length === 0, '--ignore: the network takes pictures, which have no columns')
    const model = within(file, () => readModel(bytes))
    const classifier = await openClassifier(model, file, { tta, lowering })
    return { label: 'class', predictions: ofImages(classifier, paths) }
  }
  ensure(tta === 'none', '--tta: the network takes rows of a table, of which there are no other views')
  const model = within(file, () => readNetwork(bytes, BATCH))
  const predictor = await openTablePredictor(model, file, { lowering })
  return { label: predictor.label, predictions: ofTables(predictor, paths, ignore) }
}

type Classifier = Awaited<ReturnType<typeof openClassifier>>
type TablePredictor = Awaited<ReturnType<typeof openTablePredictor>>

async function* ofImages(classifier: Classifier, images: readonly string[]): AsyncGenerator<Prediction> {
  for (const image of images) {
    const { pixels, notice } = await readImage(image, classifier.format)
    if (notice) process.stderr.write(`note: ${notice}\n`)
    yield { of: { image }, name: image, answer: { classes: await classifier.classify(pixels) } }
  }
}

/** Of several tables it is said of which one a row is. */
async function* ofTables(
  predictor: TablePredictor,
  paths: readonly string[],
  ignore: readonly string[],
): AsyncGenerator<Prediction> {
  for (const path of paths)
    for await (const { of, name, answer } of predictor.predict(path, ignore))
      yield paths.length === 1
        ? { of, name, answer }
        : { of: { table: path, ...of }, name: `${path}, ${name}`, answer }
}
