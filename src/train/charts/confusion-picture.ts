import type { ClassReport } from '../evaluation/class-report.ts'
import type { Occasion } from '../evaluation/evaluation.ts'

/** What a picture of a confusion matrix tells. */
export type ConfusionPictureData = Pick<Occasion, 'data' | 'split' | 'samples'> &
  Pick<ClassReport, 'accuracy' | 'classes' | 'confusion'>

/**
 * What is taken for what, as an SVG picture: a row for each class, a column for what its samples are taken for; with more than
 * 40 classes those that take part in the most mistakes.
 * ```ts
 * const report = await evaluate(run)
 * if (report.task === 'classification') await writePicture('confusion', await drawConfusion(report))
 * ```
 */
export async function drawConfusion(report: ConfusionPictureData): Promise<string> {
  // Loaded when needed: the charts take half a second to load.
  const { confusionChart } = await import('./confusion-chart.ts')
  return confusionChart(report)
}
