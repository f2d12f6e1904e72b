import type { Filters } from '../statistics-event.ts'
import type { Picture } from './png.ts'

/** Pixels to a weight, and between filters. */
const ZOOM = 4
const GAP = 2
const PAPER = 255

/**
 * Filters side by side, each scaled so that its own weights fill the range from black to white. Three channels are red, green
 * and blue; otherwise the first channel is gray.
 */
export function filtersPicture({ shape, values }: Filters): Picture {
  const [count, channels, rows, columns] = shape as [number, number, number, number]
  const across = Math.ceil(Math.sqrt(count))
  const [cellWidth, cellHeight] = [columns * ZOOM + GAP, rows * ZOOM + GAP]
  const width = across * cellWidth + GAP
  const height = Math.ceil(count / across) * cellHeight + GAP
  const pixels = new Uint8Array(3 * width * height).fill(PAPER)
  const size = rows * columns
  for (let filter = 0; filter < count; filter++) {
    const weights = values.slice(filter * channels * size, (filter + 1) * channels * size)
    const scale = scaler(weights)
    const [left, top] = [GAP + (filter % across) * cellWidth, GAP + Math.floor(filter / across) * cellHeight]
    for (let y = 0; y < rows * ZOOM; y++) {
      for (let x = 0; x < columns * ZOOM; x++) {
        const at = Math.floor(y / ZOOM) * columns + Math.floor(x / ZOOM)
        for (let color = 0; color < 3; color++) {
          const channel = channels >= 3 ? color : 0
          pixels[3 * ((top + y) * width + left + x) + color] = scale(weights[channel * size + at]!)
        }
      }
    }
  }
  return { width, height, pixels }
}

/** From the smallest weight, which is 0, to the largest, which is 255; all the same is gray. */
function scaler(weights: readonly number[]): (weight: number) => number {
  const [low, high] = [Math.min(...weights), Math.max(...weights)]
  const span = high - low
  return (weight) => (span > 0 ? Math.round(((weight - low) / span) * 255) : 128)
}

/**
 * A confusion matrix as squares: row the true class, column the predicted one, the darker the larger its share of the row.
 * @param counts [classes][classes].
 */
export function confusionPicture(counts: readonly (readonly number[])[]): Picture {
  const classes = counts.length
  const cell = Math.max(2, Math.min(24, Math.floor(480 / classes)))
  const side = classes * cell
  const pixels = new Uint8Array(3 * side * side)
  counts.forEach((row, actual) => {
    const total = row.reduce((sum, count) => sum + count, 0)
    for (let predicted = 0; predicted < classes; predicted++) {
      // The square root keeps single mistakes visible beside hundreds of hits.
      const share = total > 0 ? Math.sqrt((row[predicted] ?? 0) / total) : 0
      const color = blue.map((end) => Math.round(PAPER + (end - PAPER) * share))
      for (let y = actual * cell; y < (actual + 1) * cell; y++) {
        for (let x = predicted * cell; x < (predicted + 1) * cell; x++) pixels.set(color, 3 * (y * side + x))
      }
    }
  })
  return { width: side, height: side, pixels }
}

/** The darkest of the blues. */
const blue = [8, 48, 107]
