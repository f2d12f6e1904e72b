import { LineChart } from 'echarts/charts'
import { GridComponent, MarkAreaComponent, MarkLineComponent, TitleComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { axisText, colors, FONT, formatTick, inks } from '../../train/index.ts'
import type { RateAnswer } from './find-rate.ts'
import type { SweepPoint } from './sweep.ts'

echarts.use([LineChart, GridComponent, MarkAreaComponent, MarkLineComponent, TitleComponent, SVGRenderer])

const [WIDTH, HEIGHT] = [900, 480]

/** The losses of all sweeps over the rate, the interval and the suggestion, as an SVG picture of 900 x 480. */
export function rateChart(answer: RateAnswer): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  try {
    chart.setOption(layout(answer))
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

function layout(answer: RateAnswer) {
  const { curves, data, model, optimizer, batchSize } = answer
  const text = { fontFamily: FONT, color: inks.strong }
  const sweeps = `${curves.length} ${curves.length === 1 ? 'sweep' : 'sweeps'}, smoothed`
  const reason = answer.outcome === 'unclear' ? [answer.reason] : []
  const about = [data, model, `${optimizer}, batch ${batchSize}`, sweeps, ...reason].join('  ·  ')
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: text,
    title: [
      { text: titleOf(answer), left: 24, top: 16, textStyle: { ...text, fontSize: 20, fontWeight: 600 } },
      { text: about, left: 24, top: 46, textStyle: { ...axisText, fontSize: 13, fontWeight: 400 } },
    ],
    grid: { left: 72, right: 36, top: 104, bottom: 60, outerBoundsMode: 'none' },
    xAxis: {
      type: 'log',
      name: 'learning rate',
      nameLocation: 'middle',
      nameGap: 32,
      nameTextStyle: axisText,
      axisLine: { lineStyle: { color: inks.line } },
      axisTick: { show: false },
      axisLabel: { ...axisText, formatter: formatTick },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      ...heights(curves.map((curve) => curve.smooth)),
      name: 'loss',
      nameTextStyle: { ...axisText, align: 'right' },
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...axisText, showMaxLabel: false, formatter: formatTick },
      splitLine: { lineStyle: { color: inks.grid, width: 1 } },
    },
    series: [...curves.map((curve) => line(curve.smooth)), marks(answer)],
  }
}

const titleOf = (answer: RateAnswer): string =>
  answer.outcome === 'found'
    ? `Learning rate: ${formatTick(answer.suggestion)}, between ${answer.interval.map(formatTick).join(' and ')}`
    : 'Learning rate: cannot tell'

/** What diverges is cut off: it would press all else flat. */
function heights(curves: readonly (readonly SweepPoint[])[]) {
  const first = Math.max(...curves.map((curve) => curve[0]?.loss ?? 0))
  const least = Math.min(...curves.flat().map(({ loss }) => loss))
  const room = 0.1 * (first - least)
  return {
    min: least >= 0 ? Math.max(0, least - room) : least - room,
    max: first + 0.35 * Math.max(first - least, 0.1 * Math.abs(first)),
  }
}

const line = (points: readonly SweepPoint[]) => ({
  type: 'line' as const,
  data: points.map(({ rate, loss }) => [rate, loss]),
  showSymbol: false,
  clip: true,
  lineStyle: { color: colors.train, width: 2, opacity: 0.6, cap: 'round' as const, join: 'round' as const },
})

/** The interval as a band, the suggestion and the rate that the recipe has as lines. */
function marks(answer: RateAnswer) {
  const found = answer.outcome === 'found'
  const label = (text: string, color: string) => ({ formatter: text, color, fontFamily: FONT, fontSize: 12 })
  const suggested = found
    ? [
        {
          xAxis: answer.suggestion,
          lineStyle: { color: colors.rate, width: 2, type: 'solid' as const },
          label: label(formatTick(answer.suggestion), colors.rate),
        },
      ]
    : []
  const given =
    answer.given === undefined
      ? []
      : [
          {
            xAxis: answer.given,
            lineStyle: { color: inks.soft, width: 1, type: [3, 4] },
            label: {
              ...label(`recipe ${formatTick(answer.given)}`, inks.soft),
              distance: [0, found ? 18 : 4],
            },
          },
        ]
  return {
    type: 'line' as const,
    data: [],
    markLine: { symbol: 'none', silent: true, precision: 12, data: [...suggested, ...given] },
    ...(found && {
      markArea: {
        silent: true,
        itemStyle: { color: colors.rate, opacity: 0.12 },
        data: [[{ xAxis: answer.interval[0] }, { xAxis: answer.interval[1] }]],
      },
    }),
  }
}
