import { LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { axisText, colors, FONT, formatTick, inks } from '../train/charts/chart-style.ts'
import type { Counterfactual, EpochPoint } from './counterfactual.ts'

echarts.use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

const [WIDTH, HEIGHT] = [720, 400]

/** From this ratio of the largest loss to the smallest on, a straight axis shows only one of them. */
const LOG_FROM = 20

/** A run and its counterfactual as an SVG picture: their losses by epoch, on validation samples where there are any. */
export function drawComparison({ trial, before, after }: Counterfactual): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  try {
    chart.setOption(layout(trial.title, before, after))
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

const lossOf = ({ train, validation }: EpochPoint) => (validation ?? train).loss
const pointsOf = (points: readonly EpochPoint[]) => points.map((point) => [point.epoch, lossOf(point)])

function layout(title: string, before: readonly EpochPoint[], after: readonly EpochPoint[]) {
  const losses = [...before, ...after].map(lossOf).filter((loss) => loss > 0 && Number.isFinite(loss))
  const isLog = Math.max(...losses) > LOG_FROM * Math.min(...losses)
  const text = { fontFamily: FONT, color: inks.strong }
  const line = (name: string, points: readonly EpochPoint[], color: string) => ({
    type: 'line' as const,
    name,
    data: pointsOf(points),
    symbolSize: 6,
    lineStyle: { color, width: 2 },
    itemStyle: { color },
  })
  const what = [...before, ...after].some(({ validation }) => validation)
    ? 'Validation loss'
    : 'Training loss'
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: text,
    title: [
      { text: what, left: 20, top: 14, textStyle: { ...text, fontSize: 18, fontWeight: 600 as const } },
      {
        text: `as it was, and: ${title}`,
        left: 20,
        top: 40,
        textStyle: { ...axisText, fontSize: 13, fontWeight: 400 as const },
      },
    ],
    legend: { right: 24, top: 16, textStyle: axisText },
    grid: { left: 68, right: 28, top: 84, bottom: 54, outerBoundsMode: 'none' as const },
    xAxis: {
      type: 'value' as const,
      min: 1,
      max: Math.max(2, ...[...before, ...after].map(({ epoch }) => epoch)),
      minInterval: 1,
      name: 'epoch',
      nameLocation: 'middle' as const,
      nameGap: 28,
      nameTextStyle: axisText,
      axisLabel: axisText,
      splitLine: { show: false },
    },
    yAxis: {
      type: isLog ? ('log' as const) : ('value' as const),
      axisLabel: { ...axisText, formatter: formatTick },
      splitLine: { lineStyle: { color: inks.grid, width: 1 } },
    },
    series: [line('as it was', before, colors.train), line('changed', after, colors.validation)],
  }
}
