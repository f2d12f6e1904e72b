/** The picture of exploding-rnn.ts: the loss surface with two descents, and the loss of the networks that were trained. */
import { LineChart, type LineSeriesOption } from 'echarts/charts'
import {
  GraphicComponent,
  type GraphicComponentOption,
  GridComponent,
  type GridComponentOption,
  TitleComponent,
  type TitleComponentOption,
} from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import sharp from 'sharp'

echarts.use([LineChart, GraphicComponent, GridComponent, TitleComponent, SVGRenderer])

type Option = echarts.ComposeOption<
  LineSeriesOption | GraphicComponentOption | GridComponentOption | TitleComponentOption
>

/** One training: the loss of each step, and how it ended. */
export interface Run {
  readonly losses: readonly number[]
  readonly accuracy?: number
  readonly failure?: string
}

type Point = readonly [w: number, b: number, loss: number]

export interface Picture {
  readonly area: {
    readonly w: readonly [number, number]
    readonly b: readonly [number, number]
    readonly columns: number
    readonly rows: number
  }
  /** The loss, row by row from the top. */
  readonly grid: readonly number[]
  readonly paths: { readonly clipped: readonly Point[]; readonly unclipped: readonly Point[] }
  readonly runs: Readonly<Record<'clipped' | 'unclipped' | 'slow', readonly Run[]>>
}

const FONT = "Inter, system-ui, 'Segoe UI', Roboto, sans-serif"
const [WIDTH, HEIGHT] = [1120, 560]
const left = { left: 64, top: 136, width: 464, height: 340 }
const right = { ...left, left: 612, width: 468 }

/** Green, vermilion and orange of Okabe and Ito (2008): apart for all kinds of color vision. */
const colors = { clipped: '#009e73', unclipped: '#d55e00', slow: '#e69f00' }
const inks = { strong: '#1b1f24', soft: '#6a737d', line: '#d0d7de', grid: '#eceff2' }
/** From the smallest loss to the largest. */
const ramp = [
  [8, 29, 88],
  [34, 94, 168],
  [65, 150, 196],
  [161, 205, 220],
  [237, 244, 248],
] as const

/** The picture as SVG, 1120 pixels wide. */
export async function drawPicture(picture: Picture): Promise<string> {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  try {
    chart.setOption(layout(picture, await surfaceImage(picture)))
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

/** The surface in colors, as the address of an image. */
async function surfaceImage({ area, grid }: Picture): Promise<string> {
  const highest = Math.max(...grid)
  const pixels = Uint8Array.from(grid.flatMap((loss) => colorOf(loss / highest)))
  const raw = { width: area.columns, height: area.rows, channels: 3 } as const
  const png = await sharp(pixels, { raw }).png().toBuffer()
  return `data:image/png;base64,${png.toString('base64')}`
}

function colorOf(share: number): number[] {
  const at = share * (ramp.length - 1)
  const [low, high] = [ramp[Math.floor(at)]!, ramp[Math.ceil(at)]!]
  return low.map((c, i) => Math.round(c + (high[i]! - c) * (at % 1)))
}

function layout({ area, paths, runs }: Picture, image: string): Option {
  const { left: x, top: y, width, height } = left
  const lossLabels = { ...axisText, formatter: power }
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: text,
    graphic: [{ type: 'image', z: -1, style: { image, x, y, width, height } }],
    title: titles(),
    grid: [left, right].map((box) => ({ ...box, outerBoundsMode: 'none' as const })),
    xAxis: [
      { ...axis(0, 'w', 26), min: area.w[0], max: area.w[1] },
      { ...axis(1, 'step', 26), type: 'log' as const, min: 1, max: 400 },
    ],
    yAxis: [
      { ...axis(0, 'b', 34), min: area.b[0], max: area.b[1], interval: 1 },
      { ...axis(1, '', 0), type: 'log' as const, min: LOWEST, max: HIGHEST, axisLabel: lossLabels },
    ],
    series: [
      ...(['unclipped', 'clipped'] as const).map((kind) => pathSeries(paths[kind], colors[kind])),
      ...(['slow', 'unclipped', 'clipped'] as const).flatMap((kind) =>
        runs[kind].map((run) => lossSeries(run, colors[kind])),
      ),
    ],
  }
}

const text = { fontFamily: FONT, color: inks.strong }
const note = { ...text, color: inks.soft, fontSize: 13, fontWeight: 400 as const }

function titles(): TitleComponentOption[] {
  const below = (box: typeof left, line: string): TitleComponentOption => ({
    text: line,
    left: box.left - 6,
    top: box.top + box.height + 44,
    textStyle: { ...note, fontSize: 12 },
  })
  return [
    {
      text: 'Exploding gradients',
      left: 24,
      top: 18,
      textStyle: { ...text, fontSize: 22, fontWeight: 600 },
    },
    {
      text: 'Left: the loss of h = sigmoid(w h + b) after 100 steps, and descents on it. Right: networks that must remember a sign for 100 steps, 5 seeds each.',
      left: 24,
      top: 50,
      textStyle: note,
    },
    heading(left, 'Loss surface', ['clipped', 'unclipped']),
    heading(right, 'Loss in training', ['clipped', 'unclipped', 'slow']),
    below(left, 'dark: small loss; both begin at (6, -3)'),
    below(right, '×: from here on the loss is not a number'),
  ]
}

const [LOWEST, HIGHEST] = [1e-8, 1e16]
const axisText = { color: inks.soft, fontSize: 12, fontFamily: FONT }
const power = (value: number) => (value === 1 ? '1' : `1e${Math.round(Math.log10(value))}`)

function axis(gridIndex: number, name: string, nameGap: number) {
  return {
    type: 'value' as const,
    gridIndex,
    name,
    nameGap,
    nameLocation: 'middle' as const,
    nameTextStyle: axisText,
    axisLine: { lineStyle: { color: inks.line } },
    axisTick: { show: false },
    axisLabel: axisText,
    splitLine: { show: gridIndex === 1, lineStyle: { color: inks.grid, width: 1 } },
  }
}

const labels = { clipped: 'clipped', unclipped: 'not clipped', slow: 'not clipped, rate / 10' }

/** Name of a panel; beside it its legend. */
function heading(
  box: typeof left,
  name: string,
  kinds: readonly (keyof typeof labels)[],
): TitleComponentOption {
  const plain = { fontSize: 13, fontWeight: 600 as const, fontFamily: FONT, padding: [0, 0, 0, 14] }
  const rich = {
    name: { ...plain, color: inks.strong, fontSize: 15, padding: 0 },
    ...Object.fromEntries(kinds.map((kind) => [kind, { ...plain, color: colors[kind] }])),
  }
  const text = [`{name|${name}}`, ...kinds.map((kind) => `{${kind}|— ${labels[kind]}}`)].join('')
  return { text, left: box.left - 6, top: box.top - 46, textStyle: { rich } }
}

function pathSeries(path: readonly Point[], color: string): LineSeriesOption {
  return {
    type: 'line',
    xAxisIndex: 0,
    yAxisIndex: 0,
    clip: true,
    data: path.map(([w, b]) => [w, b]),
    symbol: 'circle',
    symbolSize: 5,
    showAllSymbol: true,
    itemStyle: { color },
    lineStyle: { color, width: 2 },
  }
}

/** The loss of a run; a cross where it stopped being a number. */
function lossSeries({ losses, failure }: Run, color: string): LineSeriesOption {
  const points = losses.map((loss, i) => [i + 1, Math.min(Math.max(loss, LOWEST), HIGHEST)])
  const last = points.at(-1)
  const cross =
    failure && last ? [{ value: last, symbol: 'path://M0,0L10,10M10,0L0,10', symbolSize: 12 }] : []
  return {
    type: 'line',
    xAxisIndex: 1,
    yAxisIndex: 1,
    data: [...points.slice(0, cross.length > 0 ? -1 : undefined), ...cross],
    symbol: 'none',
    showAllSymbol: true,
    itemStyle: { color, borderColor: color, borderWidth: 2 },
    lineStyle: { color, width: 1.5, opacity: 0.8, join: 'round' },
  }
}
