import type { Tta } from '../../train/index.ts'
import { type ClassProbability, openClassifier } from '../classifier.ts'
import { openModel } from '../model-file.ts'
import { readImage } from '../read-image.ts'

export interface PredictOptions {
  readonly top: number
  readonly tta?: Tta
  readonly lowering?: boolean
  readonly json?: boolean
}

/** `gradus predict RUN|MODEL.onnx IMAGE...`: one line per image with its likeliest classes. */
export async function predict(
  source: string,
  images: readonly string[],
  { top, tta, lowering, json }: PredictOptions,
): Promise<void> {
  const { path, model } = openModel(source)
  const classifier = await openClassifier(model, path, { tta, lowering })
  for (const image of images) {
    const { pixels, notice } = await readImage(image, classifier.format)
    if (notice) process.stderr.write(`note: ${notice}\n`)
    const classes = await classifier.classify(pixels)
    process.stdout.write(
      `${json ? JSON.stringify({ image, classes }) : line(image, classes.slice(0, top))}\n`,
    )
  }
}

/** `three.png   3 98.7%   8 1.1%   5 0.1%` */
const line = (image: string, classes: readonly ClassProbability[]) =>
  [image, ...classes.map((item) => `${item.class} ${(item.probability * 100).toFixed(1)}%`)].join('   ')
