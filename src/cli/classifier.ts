import { z } from 'zod'
import { ensure, formatShape, GradusError } from '../core/index.ts'
import { type Fit, fits } from '../data/index.ts'
import type { OnnxModel } from '../onnx/index.ts'
import type { CompileOptions } from '../runtime/index.ts'
import { classAnswers, isYesNo, openNetwork, type Tta, viewsOf, yesNoAnswers } from '../train/index.ts'

/** What an image must be for a model. */
export interface ImageFormat {
  /** 1 is gray, 3 is RGB. */
  readonly channels: 1 | 3
  readonly height: number
  readonly width: number
  /** The values of black and of full brightness. */
  readonly range: readonly [low: number, high: number]
  /** How an image of another size comes to this one. */
  readonly fit?: Fit
}

export interface ClassProbability {
  readonly class: string
  readonly probability: number
}

/** A model that tells classes of images apart. */
export interface Classifier {
  readonly format: ImageFormat
  /** From pixels `[channels, height, width]` to all classes, likeliest first. */
  classify(pixels: Float32Array): Promise<ClassProbability[]>
}

/** Some names, of which there is at least one. */
export const namesText = z.array(z.string()).min(1)
const rangeText = z.tuple([z.number(), z.number()])
const fitText = z.enum(fits)

/**
 * Makes a classifier of a model whose file says what its classes are called and what its pixels range over, as files that
 * Gradus wrote do.
 * @param where names the file in errors.
 * @param options with test-time augmentation (`tta`) what the model says of several views of an image is averaged.
 * @throws if the file does not say that, or the model does not take one image and give one score per class (or one in all
 * for two classes).
 */
export async function openClassifier(
  model: OnnxModel,
  where: string,
  { tta = 'none', ...options }: CompileOptions & { readonly tta?: Tta } = {},
): Promise<Classifier> {
  const { graph, metadata } = model
  const targets = metadata['gradus.targets']
  ensure(
    targets === undefined,
    `${where}: expected a model that tells classes of images apart, found one that predicts numbers: ${targets}`,
    ...(graph.inputs[0]?.rank === 2 ? forRows : forRows.slice(1)),
  )
  const classes = metadataOf(metadata, 'gradus.classes', namesText, where)
  const range = metadataOf(metadata, 'gradus.inputRange', rangeText, where)
  const fit = fitIn(metadata, where)
  const [x, ...others] = graph.inputs
  const [batch, channels, height, width, ...more] = x?.shape ?? []
  const isImage = batch === 1 && (channels === 1 || channels === 3) && height && width && more.length === 0
  ensure(
    x && isImage && others.length === 0,
    `${where}: expected a model of gray or RGB images, one input [1, 1 or 3, H, W], found ` +
      (graph.inputs.map(({ shape }) => formatShape(shape)).join(', ') || 'no input'),
    ...(x?.rank === 2 ? forRows : []),
  )
  const views = viewsOf(tta, [channels, height, width])
  const network = await openNetwork(model, { views, ...options })
  const { outputs } = network
  const answers = isYesNo(outputs, classes.length) ? yesNoAnswers : classAnswers(classes.length)
  ensure(
    outputs === answers.outputs,
    `${where}: expected one output per class (${classes.length}), found ${outputs}`,
  )
  return {
    format: { channels, height, width, range, ...(fit && { fit }) },
    async classify(pixels) {
      const said = (await network.run(pixels)).map(answers.read)
      const logs = answers.average(said)
      const named = classes.map((name, c) => ({ class: name, probability: Math.exp(logs[c]!) }))
      return named.sort((a, b) => b.probability - a.probability)
    },
  }
}

/** What to do with models that take rows without saying of which columns. */
const forRows = [
  'models of tables say which columns they take; of a run of an older Gradus, gradus train --resume RUN writes the model anew',
  'gradus evaluate RUN says what it is worth on the test rows',
]

/** How pictures of another size come to that of a model, as its file says; undefined if all that it learned from had its size. */
export const fitIn = (metadata: OnnxModel['metadata'], where: string): Fit | undefined =>
  'gradus.fit' in metadata ? metadataOf(metadata, 'gradus.fit', fitText, where) : undefined

/** What the file of a model says by a name. @throws if that is nothing, or not of this form. */
export function metadataOf<T>(
  metadata: OnnxModel['metadata'],
  key: string,
  schema: z.ZodType<T>,
  where: string,
): T {
  const text = metadata[key]
  ensure(
    text !== undefined,
    `${where}: expected metadata "${key}", found none`,
    'the file does not say what its inputs and classes are: give a model.onnx that gradus train wrote',
  )
  const result = schema.safeParse(parsed(text))
  if (result.success) return result.data
  throw new GradusError(`${where}: metadata "${key}": ${result.error.issues[0]!.message}, found ${text}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
