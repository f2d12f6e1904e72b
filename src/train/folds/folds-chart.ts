import { LineChart, type LineSeriesOption } from 'echarts/charts'
import { GridComponent, TitleComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { axisBelow, axisText, colors, FONT, formatTick, inks } from '../charts/chart-style.ts'
import type { CrossValidation } from './cross-validate.ts'
import { type FoldCurves, foldCurves } from './fold-curves.ts'

echarts.use([LineChart, GridComponent, TitleComponent, SVGRenderer])

const [WIDTH, HEIGHT] = [720, 420]

/** The curves of the folds over the epochs as one SVG picture: a line for each, and their mean. */
export function foldsChart(validation: CrossValidation): string {
  const curves = foldCurves(validation)
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  try {
    chart.setOption(layout(curves))
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

function layout({ title, subtitle, unit, folds, mean, epochs }: FoldCurves) {
  const text = { fontFamily: FONT, color: inks.strong }
  const tick = (value: number) => (unit === '%' ? `${value}%` : formatTick(value))
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: text,
    title: [
      { text: title, left: 24, top: 18, textStyle: { ...text, fontSize: 18, fontWeight: 600 as const } },
      {
        text: subtitle,
        left: 24,
        top: 46,
        textStyle: { ...text, fontSize: 13, fontWeight: 400 as const, color: inks.soft },
      },
    ],
    grid: { left: 72, top: 88, width: WIDTH - 104, height: HEIGHT - 148, outerBoundsMode: 'none' as const },
    xAxis: {
      type: 'value' as const,
      min: epochs > 1 ? 1 : 0,
      max: Math.max(1, epochs),
      minInterval: 1,
      name: 'epoch',
      ...axisBelow,
    },
    yAxis: {
      type: 'value' as const,
      scale: true,
      ...(unit === '%' && { max: 100 }),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...axisText, formatter: tick },
      splitLine: { lineStyle: { color: inks.grid, width: 1 } },
    },
    series: [...folds.map((points) => line(points, 1.5, 0.35)), line(mean, 2.5, 1)],
  }
}

/** A curve of few epochs shows where its points are. */
const line = (points: FoldCurves['mean'], width: number, opacity: number): LineSeriesOption => ({
  type: 'line',
  data: points.map((point) => [...point]),
  showSymbol: points.length <= 20,
  symbol: 'circle',
  symbolSize: points.length === 1 ? 9 : 5,
  itemStyle: { color: colors.validation, opacity },
  lineStyle: { color: colors.validation, width, opacity, cap: 'round', join: 'round' },
})
