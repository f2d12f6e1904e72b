import { ensure, ensureKnownOptions } from '../../core/index.ts'
import type { LayerHistogram } from '../activation-histograms.ts'

/** Layers side by side, such as those of one model with one initialization. */
export interface HistogramRow {
  readonly title: string
  /** Said beside the title. */
  readonly note?: string
  /** All that are to be drawn, ten to a line: `layers.filter(({ type }) => type === 'tanh')` leaves the others out. */
  readonly layers: readonly LayerHistogram[]
}

export interface HistogramPictureOptions {
  /** Default: `Before training`. */
  readonly title?: string
  /** Default: what is drawn, and how. */
  readonly subtitle?: string
  /** What is drawn (default `'activations'`). */
  readonly of?: 'activations' | 'gradients'
}

/**
 * Histograms by layer, a row for each model or initialization, as an SVG picture, 1120 pixels wide. All panels of a row have
 * one axis, so that what shrinks from layer to layer becomes a needle; each is as high as its own highest column.
 * ```ts
 * const layers = await activationHistograms(model, { inputShape: [100] })
 * await writePicture('xavier', await drawHistograms([{ title: 'Xavier', layers }]))
 * ```
 * @throws if there is nothing to draw.
 */
export async function drawHistograms(
  rows: readonly HistogramRow[],
  options: HistogramPictureOptions = {},
): Promise<string> {
  ensureKnownOptions('drawHistograms', options, ['title', 'subtitle', 'of'])
  const { of = 'activations' } = options
  ensure(
    of === 'activations' || of === 'gradients',
    `drawHistograms: expected of: 'activations' or 'gradients', got ${of}`,
  )
  ensure(rows.length > 0, 'drawHistograms: expected at least one row, got none')
  for (const { title, layers } of rows) {
    const drawn = layers.some((layer) => layer[of])
    ensure(drawn, `drawHistograms: row "${title}" has no ${of} to draw`, 'give it layers that have some')
  }
  // Loaded when needed: the charts take half a second to load, which every other command would pay.
  const { histogramChart } = await import('./histogram-chart.ts')
  return histogramChart(rows, options)
}
