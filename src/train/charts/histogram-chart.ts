import { GraphicComponent, type GraphicComponentOption } from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { LayerHistogram } from '../activation-histograms.ts'
import { inks, colors as palette } from './chart-style.ts'
import type { Distribution } from './distribution.ts'
import { drawnText } from './drawn-text.ts'
import { columnsOf, commonSpan, percent, type Span, shortNumber } from './histogram-panel.ts'
import type { HistogramPictureOptions, HistogramRow } from './histograms.ts'

echarts.use([GraphicComponent, SVGRenderer])

type Shape = GraphicComponentOption

const WIDTH = 1120
/** Left edge of the panels, their pitch and size; a line holds ten. */
const panel = { left: 124, top: 58, pitch: 98, width: 86, height: 60, inLine: 10, columns: 29 }
const HEADER = 88
const FIGURE_HEIGHT = 18

const colors = { activations: palette.train, gradients: palette.validation }

type Quantity = keyof typeof colors

/** A number below each panel. */
interface Figure {
  readonly name: string
  readonly format: (layer: LayerHistogram) => string
}

/** Rows of histograms, one for each layer, as one SVG picture, 1120 pixels wide. */
export function histogramChart(rows: readonly HistogramRow[], options: HistogramPictureOptions): string {
  const { title = 'Before training', subtitle = defaultSubtitle(options.of) } = options
  const shapes = [
    drawnText(title, 24, 34, { size: 22, bold: true }),
    drawnText(subtitle, 24, 62, { size: 13, ink: inks.soft }),
  ]
  let top = HEADER
  for (const row of rows) {
    const drawn = drawRow(row, options.of ?? 'activations', top)
    shapes.push(...drawn.shapes)
    top = drawn.bottom
  }
  return render(shapes, top + 16)
}

const defaultSubtitle = (of: Quantity = 'activations') =>
  `${of === 'activations' ? 'Activations' : 'Gradients'} by layer; each row has one axis. Numbers that are exactly 0 are counted below, not drawn.`

function render(shapes: Shape[], height: number): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  try {
    chart.setOption({ animation: false, backgroundColor: '#ffffff', graphic: shapes })
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

/** A row, in as many lines as its layers need. */
function drawRow({ title, note, layers }: HistogramRow, of: Quantity, top: number) {
  const distributions = layers.flatMap((layer) => layer[of] ?? [])
  const span = commonSpan(distributions)
  const figures = figuresOf(layers)
  const shapes = [drawnText(note ? `{b|${title}}{n|${note}}` : `{b|${title}}`, 24, top + 22, { size: 15 })]
  const lineHeight = panel.height + 22 + figures.length * FIGURE_HEIGHT
  const lines = Math.ceil(layers.length / panel.inLine)
  for (let line = 0; line < lines; line++) {
    const y = top + panel.top + line * (lineHeight + 30)
    const held = layers.slice(line * panel.inLine, (line + 1) * panel.inLine)
    figures.forEach(({ name }, i) => {
      shapes.push(drawnText(name, panel.left - 16, figureTop(y, i), { ink: inks.soft, align: 'right' }))
    })
    held.forEach((layer, i) => {
      shapes.push(...drawPanel(layer, { of, span, figures, x: panel.left + i * panel.pitch, y }))
    })
    shapes.push(axisEnds(span, y))
  }
  return { shapes, bottom: top + panel.top + lines * (lineHeight + 30) - 18 }
}

const figureTop = (y: number, i: number) => y + panel.height + 20 + i * FIGURE_HEIGHT

/** What is worth telling of these layers: always the spreads, saturation and zeros only where there are any. */
function figuresOf(layers: readonly LayerHistogram[]): Figure[] {
  const figures: Figure[] = [{ name: 'std', format: ({ activations }) => shortNumber(activations.std) }]
  if (layers.some((layer) => layer.gradients))
    figures.push({
      name: 'gradient std',
      format: ({ gradients }) => (gradients ? shortNumber(gradients.std) : ''),
    })
  const hasZeros = layers.some(({ activations }) => activations.zeros > 0.005)
  if (hasZeros) figures.push({ name: 'zero', format: ({ activations }) => percent(activations.zeros) })
  // What saturates at 0, as ReLU does, is told by the zeros.
  else if (layers.some(({ saturated }) => saturated !== undefined))
    figures.push({
      name: 'saturated',
      format: ({ saturated }) => (saturated === undefined ? '' : percent(saturated)),
    })
  if (layers.some(({ activations }) => activations.notFinite > 0))
    figures.push({ name: 'not finite', format: ({ activations }) => percent(activations.notFinite) })
  return figures
}

interface Place {
  readonly of: Quantity
  readonly span: Span
  readonly figures: readonly Figure[]
  readonly x: number
  readonly y: number
}

function drawPanel(layer: LayerHistogram, { of, span, figures, x, y }: Place): Shape[] {
  const middle = x + panel.width / 2
  const distribution = layer[of]
  return [
    drawnText(shorten(layer.path || layer.type), middle, y - 12, {
      size: 11,
      ink: inks.soft,
      align: 'center',
    }),
    ...(distribution ? [outline(distribution, span, { x, y, color: colors[of] })] : []),
    {
      type: 'rect',
      shape: { x, y: y + panel.height, width: panel.width, height: 1 },
      style: { fill: inks.line },
    },
    ...figures.map(({ format }, i) => drawnText(format(layer), middle, figureTop(y, i), { align: 'center' })),
  ]
}

/** A histogram as one shape. */
function outline(
  distribution: Distribution,
  span: Span,
  { x, y, color }: { x: number; y: number; color: string },
): Shape {
  const columns = columnsOf(distribution, span, panel.columns)
  const width = panel.width / panel.columns
  const bottom = y + panel.height
  const points: [number, number][] = [[x, bottom]]
  columns.forEach((height, i) => {
    const level = bottom - height * panel.height
    // Columns of the same height need no step between them.
    if (points.at(-1)![1] !== level) points.push([x + i * width, points.at(-1)![1]], [x + i * width, level])
  })
  points.push([x + panel.width, points.at(-1)![1]], [x + panel.width, bottom])
  return {
    type: 'polygon',
    shape: { points: points.map(([px, py]) => [round(px), round(py)]) },
    style: { fill: color },
  }
}

const round = (value: number) => Math.round(value * 10) / 10

/** What the axes of all panels reach from and to, beside the first one. */
function axisEnds([low, high]: Span, y: number): Shape {
  const content = `${shortNumber(low)} to ${shortNumber(high)}`
  return drawnText(content, panel.left - 16, y + panel.height - 5, {
    size: 11,
    ink: inks.soft,
    align: 'right',
  })
}

/** The end of a long path says more than its beginning. */
const shorten = (path: string) => (path.length > 15 ? `…${path.slice(-14)}` : path)
