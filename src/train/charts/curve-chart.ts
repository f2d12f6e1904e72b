import { LineChart, type LineSeriesOption } from 'echarts/charts'
import {
  GridComponent,
  type GridComponentOption,
  MarkLineComponent,
  type MarkLineComponentOption,
  MarkPointComponent,
  type MarkPointComponentOption,
  TitleComponent,
  type TitleComponentOption,
} from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { axisBelow, axisText, colors, FONT, formatTick, inks } from './chart-style.ts'
import type { CurveData, Curves, Point } from './curve-data.ts'

echarts.use([LineChart, GridComponent, MarkLineComponent, MarkPointComponent, TitleComponent, SVGRenderer])

type Option = echarts.ComposeOption<
  | LineSeriesOption
  | GridComponentOption
  | MarkLineComponentOption
  | MarkPointComponentOption
  | TitleComponentOption
>

const WIDTH = 1120

/** Left edge, top of the drawing area, width and height of a panel, in pixels. */
interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

interface Panel {
  readonly name: string
  readonly box: Box
  readonly curves: Curves
  readonly format: (value: number) => string
  readonly axis: { readonly type: 'value' | 'log'; readonly max?: number; readonly min?: number }
}

/** The curves of a run as one SVG picture, 1120 pixels wide: loss, accuracy or error (if there is one), learning rate. */
export function curveChart(data: CurveData): string {
  const panels = panelsOf(data)
  const rateBox: Box = { left: 64, top: 568, width: WIDTH - 104, height: 80 }
  const height = rateBox.top + rateBox.height + 60
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  try {
    chart.setOption(layout(data, panels, rateBox))
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

function panelsOf({ loss, accuracy, rmse }: CurveData): Panel[] {
  const [hasAccuracy, hasError] = [accuracy, rmse].map(
    (curves) => curves.train.length + curves.validation.length > 0,
  )
  const width = hasAccuracy || hasError ? 464 : WIDTH - 104
  const box = { left: 64, top: 136, width, height: 310 }
  const lossPanel: Panel = {
    name: 'Loss',
    box,
    curves: loss,
    format: (v) => v.toPrecision(3),
    axis: lossAxis(loss),
  }
  const beside = { ...box, left: WIDTH - 40 - width }
  if (hasError && !hasAccuracy)
    return [lossPanel, { ...lossPanel, name: 'RMSE', box: beside, curves: rmse, axis: lossAxis(rmse) }]
  if (!hasAccuracy) return [lossPanel]
  return [
    lossPanel,
    {
      name: 'Accuracy',
      box: beside,
      curves: accuracy,
      format: (value) => `${value.toFixed(1)}%`,
      axis: { type: 'value', max: 100 },
    },
  ]
}

/** Logarithmic where the loss falls by so much that its end would lie flat on the axis. */
function lossAxis({ train, validation }: Curves): Panel['axis'] {
  const values = [...train, ...validation].map(([, y]) => y)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return low > 0 && high / low > 30
    ? { type: 'log', max: roundUp(high) }
    : { type: 'value', min: low >= 0 ? 0 : undefined }
}

/** The next of 1, 2, 5, 10, 20, ... */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return power * [1, 2, 5, 10].find((n) => n * power >= value)!
}

function layout(data: CurveData, panels: readonly Panel[], rateBox: Box): Option {
  const boxes = [...panels.map(({ box }) => box), rateBox]
  const text = { fontFamily: FONT, color: inks.strong }
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: text,
    title: [
      { text: data.title, left: 24, top: 18, textStyle: { ...text, fontSize: 22, fontWeight: 600 } },
      {
        text: data.subtitle,
        left: 24,
        top: 50,
        textStyle: { ...text, fontSize: 13, fontWeight: 400, color: inks.soft },
      },
      ...panels.map((panel) => panelTitle(panel)),
      rateTitle(data.rate, rateBox),
    ],
    grid: boxes.map((box) => ({ ...box, outerBoundsMode: 'none' })),
    xAxis: boxes.map((_, i) => epochAxis(i, data.epochs)),
    yAxis: [
      ...panels.map(({ axis, name }, i) => valueAxis(i, axis, name === 'Accuracy' ? '{value}%' : formatTick)),
      rateAxis(panels.length),
    ],
    series: [
      ...panels.flatMap((panel, i) => panelSeries(panel, i, data)),
      line(data.rate, panels.length, { color: colors.rate, width: 2 }),
    ],
  }
}

function epochAxis(gridIndex: number, epochs: number) {
  return {
    type: 'value' as const,
    gridIndex,
    min: 0,
    max: Math.max(1, epochs),
    minInterval: epochs > 2 ? 1 : 0,
    name: 'epoch',
    ...axisBelow,
  }
}

function valueAxis(gridIndex: number, axis: Panel['axis'], formatter: string | ((value: number) => string)) {
  return {
    ...axis,
    gridIndex,
    scale: true,
    splitNumber: 5,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { ...axisText, formatter },
    splitLine: { lineStyle: { color: inks.grid, width: 1 } },
  }
}

function rateAxis(gridIndex: number) {
  return { ...valueAxis(gridIndex, { type: 'value', min: 0 }, formatTick), splitNumber: 2 }
}

/** Name of the panel; beside it, in the colors of the curves, where they end. This is the legend, too. */
function panelTitle({ name, box, curves, format, axis }: Panel): TitleComponentOption {
  const ends = (['train', 'validation'] as const).flatMap((kind) => {
    const last = curves[kind].at(-1)
    return last ? [`{${kind}|— ${kind} ${format(last[1])}}`] : []
  })
  const scale = axis.type === 'log' ? '{note|log scale}' : ''
  const label = (color: string) => ({
    color,
    fontSize: 13,
    fontWeight: 600,
    fontFamily: FONT,
    padding: [0, 0, 0, 16],
  })
  return heading(box, `{name|${name}}${scale}${ends.join('')}`, {
    train: label(colors.train),
    validation: label(colors.validation),
  })
}

function rateTitle(rate: readonly Point[], box: Box): TitleComponentOption {
  const peak = rate.length > 0 ? `{rate|— peak ${formatTick(Math.max(...rate.map(([, y]) => y)))}}` : ''
  return heading(box, `{name|Learning rate}${peak}`, {
    rate: { color: colors.rate, fontSize: 13, fontWeight: 600, fontFamily: FONT, padding: [0, 0, 0, 16] },
  })
}

function heading(box: Box, text: string, rich: Record<string, object>): TitleComponentOption {
  const name = { color: inks.strong, fontSize: 15, fontWeight: 600, fontFamily: FONT }
  const note = { ...axisText, fontWeight: 400, padding: [0, 0, 0, 8] }
  return { text, left: box.left - 40, top: box.top - 50, textStyle: { rich: { name, note, ...rich } } }
}

interface Stroke {
  readonly color: string
  readonly width: number
  readonly opacity?: number
}

function line(
  points: readonly Point[],
  axis: number,
  { color, width, opacity = 1 }: Stroke,
): LineSeriesOption {
  return {
    type: 'line',
    xAxisIndex: axis,
    yAxisIndex: axis,
    data: points.map((point) => [...point]),
    // A curve of one point is a dot; few points are worth seeing as such; many would hide the line.
    showSymbol: points.length <= 20,
    symbol: 'circle',
    symbolSize: points.length === 1 ? 9 : 5,
    itemStyle: { color, opacity },
    lineStyle: { color, width, opacity, cap: 'round', join: 'round' },
  }
}

function panelSeries(
  { curves, format }: Panel,
  axis: number,
  { best, epochs }: CurveData,
): LineSeriesOption[] {
  const validation = line(curves.validation, axis, { color: colors.validation, width: 2 })
  const height = curves.validation.find(([x]) => x === best?.x)?.[1]
  return [
    { ...line(curves.steps, axis, { color: colors.train, width: 1, opacity: 0.25 }), showSymbol: false },
    { ...line(curves.train, axis, { color: colors.train, width: 2 }), showSymbol: curves.train.length === 1 },
    {
      ...validation,
      ...(best && height !== undefined ? bestMark(best, height, format, best.x / epochs) : {}),
      z: 3,
    },
  ]
}

/** A dashed line at the best epoch, and a ring around its value. `position` is where on the axis that is, 0 to 1. */
function bestMark(
  { epoch, x }: NonNullable<CurveData['best']>,
  y: number,
  format: Panel['format'],
  position: number,
): Pick<LineSeriesOption, 'markLine' | 'markPoint'> {
  // Near an edge of the panel the label grows inward.
  const align = position > 0.8 ? 'right' : position < 0.2 ? 'left' : 'center'
  return {
    markLine: {
      z: 2,
      symbol: 'none',
      lineStyle: { color: inks.soft, type: [3, 4], width: 1 },
      label: {
        formatter: `best ${format(y)}, epoch ${epoch}`,
        ...axisText,
        position: 'end',
        distance: 6,
        align,
      },
      data: [{ xAxis: x }],
    },
    markPoint: {
      symbol: 'circle',
      symbolSize: 10,
      itemStyle: { color: '#ffffff', borderColor: colors.validation, borderWidth: 2.5 },
      label: { show: false },
      data: [{ name: 'best', coord: [x, y] }],
    },
  }
}
