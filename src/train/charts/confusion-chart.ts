import { GraphicComponent, type GraphicComponentOption } from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { mostMistaken } from '../evaluation/metrics/index.ts'
import { colors, inks } from './chart-style.ts'
import type { ConfusionPictureData } from './confusion-picture.ts'
import { drawnText, type TextStyle } from './drawn-text.ts'

echarts.use([GraphicComponent, SVGRenderer])

type Shape = GraphicComponentOption

const MOST = 40
const MARGIN = 24
const HEADER = 104
const WIDEST = 820
/** Width of a letter of the small size, about. */
const LETTER = 6.8

/** Where things are, in pixels. */
interface Layout {
  readonly cell: number
  /** Of the first cell. */
  readonly left: number
  readonly top: number
  /** What stands to the right of the last cell. */
  readonly beyond: number
  /** Whether the names of columns stand aslant, since they are wider than a column. */
  readonly aslant: boolean
}

/** A confusion matrix as one SVG picture. */
export function confusionChart(data: ConfusionPictureData): string {
  const { classes, confusion } = data
  const shown = mostMistaken(confusion, MOST)
  const names = shown.map((c) => shorten(classes[c]!.name))
  const place = layoutOf(names)
  const side = place.cell * shown.length
  const shapes = [
    ...heading(data, shown.length),
    ...names.flatMap((name, i) => nameOf(name, i, place)),
    ...cells(data, shown, place),
    ...margins(data, shown, place),
  ]
  const width = Math.max(place.left + side + place.beyond + MARGIN, 760)
  return render(shapes, width, place.top + side + 32 + MARGIN)
}

function layoutOf(names: readonly string[]): Layout {
  const cell = Math.max(18, Math.min(64, Math.floor(WIDEST / names.length)))
  const longest = Math.max(...names.map((name) => name.length)) * LETTER
  const aslant = longest > cell - 4
  const above = aslant ? 24 + longest * Math.SQRT1_2 : 28
  const beside = Math.max(longest, 'precision'.length * LETTER)
  const beyond = Math.max(72, aslant ? longest * Math.SQRT1_2 : 0)
  return { cell, left: MARGIN + 12 + beside, top: HEADER + above, beyond, aslant }
}

function heading(
  { data, split, samples, accuracy, classes, confusion }: ConfusionPictureData,
  shown: number,
) {
  const which = shown < classes.length ? ` The ${shown} of ${classes.length} classes with most mistakes.` : ''
  const count = samples.toLocaleString('en-US')
  const most = largestMistake(confusion)
  const darkest = most > 0 ? `, the darkest is ${share(most)}` : ''
  return [
    drawnText('What is taken for what', MARGIN, 34, { size: 22, bold: true }),
    drawnText(
      `${data} ${split}, ${count} samples, accuracy ${(accuracy * 100).toFixed(2)}%.${which}`,
      MARGIN,
      62,
      soft,
    ),
    drawnText(
      `Rows: what it is; columns: what it is taken for. Blue: right; vermilion: wrong${darkest} of the row.`,
      MARGIN,
      82,
      soft,
    ),
  ]
}

/** The names of a row and of a column. */
function nameOf(name: string, i: number, { cell, left, top, aslant }: Layout): Shape[] {
  const middle = (i + 0.5) * cell
  const column: Shape = aslant
    ? { ...drawnText(name, 0, 0), x: left + middle - 4, y: top - 10, rotation: Math.PI / 4 }
    : drawnText(name, left + middle, top - 14, { align: 'center' })
  return [drawnText(name, left - 12, top + middle, { align: 'right' }), column]
}

function cells({ confusion }: ConfusionPictureData, shown: readonly number[], { cell, left, top }: Layout) {
  const most = largestMistake(confusion)
  return shown.flatMap((label, row) => {
    const all = confusion[label]!.reduce((sum, count) => sum + count, 0)
    return shown.flatMap((predicted, column): Shape[] => {
      const count = confusion[label]![predicted]!
      const share = all > 0 ? count / all : 0
      const strength = label === predicted ? share : most > 0 ? share / most : 0
      const [x, y] = [left + column * cell, top + row * cell]
      const fill = mix(label === predicted ? colors.train : colors.validation, strength)
      const square: Shape = {
        type: 'rect',
        shape: { x: x + 0.5, y: y + 0.5, width: cell - 1, height: cell - 1 },
        style: { fill },
      }
      const fits = String(count).length * LETTER < cell - 2
      if (count === 0 || !fits) return [square]
      const ink = strength > (label === predicted ? 0.55 : 0.9) ? '#ffffff' : inks.strong
      return [square, drawnText(String(count), x + cell / 2, y + cell / 2, { align: 'center', ink })]
    })
  })
}

/** Recall beside the rows, precision below the columns. */
function margins({ classes }: ConfusionPictureData, shown: readonly number[], place: Layout): Shape[] {
  const { cell, left, top } = place
  const side = cell * shown.length
  const figures = shown.flatMap((c, i) => {
    const { recall, precision } = classes[c]!
    const middle = (i + 0.5) * cell
    const below = cell >= 36 ? [drawnText(share(precision), left + middle, top + side + 16, centered)] : []
    return [drawnText(share(recall), left + side + 12, top + middle, { ink: inks.soft }), ...below]
  })
  const names = [
    drawnText('recall', left + side + 12, top - 14, { ink: inks.soft }),
    ...(cell >= 36
      ? [drawnText('precision', left - 12, top + side + 16, { ink: inks.soft, align: 'right' })]
      : []),
  ]
  return [...names, ...figures]
}

/** The largest share of a class that is taken for another. */
function largestMistake(confusion: ConfusionPictureData['confusion']): number {
  const shares = confusion.map((row, label) => {
    const all = row.reduce((sum, count) => sum + count, 0)
    const most = row.reduce((most, count, c) => (c === label ? most : Math.max(most, count)), 0)
    return all > 0 ? most / all : 0
  })
  return Math.max(...shares)
}

const share = (value: number | undefined) => (value === undefined ? '–' : `${(value * 100).toFixed(1)}%`)
const shorten = (name: string) => (name.length > 22 ? `${name.slice(0, 21)}…` : name)

/** A color on white, as strong as the number says, 0 to 1. */
function mix(color: string, strength: number): string {
  const parts = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
  // What is there at all should be seen: a tenth of the color at least.
  const weight = strength === 0 ? 0.03 : 0.1 + 0.9 * strength
  return `#${parts
    .map((part) =>
      Math.round(255 + (part - 255) * weight)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}

const soft: TextStyle = { size: 13, ink: inks.soft }
const centered: TextStyle = { ink: inks.soft, align: 'center' }

function render(shapes: Shape[], width: number, height: number): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({ animation: false, backgroundColor: '#ffffff', graphic: shapes })
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}
