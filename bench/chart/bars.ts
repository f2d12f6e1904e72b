import type { BarSeriesOption } from 'echarts/charts'
import { axisText, common, draw, headings, inks, type Option, palette, WIDTH } from './style.ts'

/** Bars of one color, one for each label; null where there is none. */
export interface Bars {
  readonly name: string
  readonly values: readonly (number | null)[]
}

export interface BarChartOptions {
  readonly title: string
  readonly subtitle: string
  readonly labels: readonly string[]
  readonly bars: readonly Bars[]
  /** What the axis counts, such as `GFLOP/s`. */
  readonly unit: string
  /** Default: linear. */
  readonly scale?: 'linear' | 'log'
  /** A value that all others are to be seen beside, drawn as a line with its name. */
  readonly reference?: { readonly value: number; readonly name: string }
}

const BAR = 13
const TOP = 104

/** Bars from left to right, grouped by label, with their values at their ends, as an SVG picture. */
export function barChart(options: BarChartOptions): string {
  const { labels, bars } = options
  const plot = labels.length * (bars.length * (BAR + 2) + 14)
  return draw(layout(options, plot), TOP + plot + 56)
}

function layout(
  { title, subtitle, labels, bars, unit, scale, reference }: BarChartOptions,
  plot: number,
): Option {
  const left = 40 + 7 * Math.max(...labels.map((label) => label.length))
  return {
    ...common,
    title: [...headings(title, subtitle), { ...legend(bars), left: left - 12, top: 72 }],
    grid: { left, top: TOP, width: WIDTH - left - 90, height: plot, outerBoundsMode: 'none' },
    xAxis: {
      type: scale === 'log' ? 'log' : 'value',
      name: unit,
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: axisText,
      axisLabel: axisText,
      splitLine: { lineStyle: { color: inks.grid } },
    },
    yAxis: {
      type: 'category',
      data: [...labels],
      inverse: true,
      axisLabel: { ...axisText, color: inks.strong },
      axisLine: { lineStyle: { color: inks.line } },
      axisTick: { show: false },
    },
    series: bars.map((one, i) => ({ ...series(one, i), ...(i === 0 && reference ? markOf(reference) : {}) })),
  }
}

/** The names of the bars in their colors. */
const legend = (bars: readonly Bars[]) => ({
  text: bars.map(({ name }, i) => `{c${i}|■ ${name}}`).join('   '),
  textStyle: {
    rich: Object.fromEntries(
      bars.map((_, i) => [`c${i}`, { ...axisText, color: palette[i % palette.length], fontWeight: 600 }]),
    ),
  },
})

function series({ name, values }: Bars, index: number): BarSeriesOption {
  return {
    type: 'bar',
    name,
    data: values.map((value) => value ?? '-'),
    barWidth: BAR,
    barGap: '15%',
    itemStyle: { color: palette[index % palette.length] },
    label: {
      show: true,
      position: 'right',
      ...axisText,
      fontSize: 11,
      formatter: ({ value }) => (typeof value === 'number' ? formatValue(value) : ''),
    },
  }
}

const formatValue = (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: 3 })

const markOf = ({ value, name }: NonNullable<BarChartOptions['reference']>) => ({
  markLine: {
    symbol: 'none',
    silent: true,
    lineStyle: { color: inks.soft, type: [3, 4] as [number, number], width: 1 },
    label: { formatter: name, ...axisText, position: 'start' as const, distance: 4 },
    data: [{ xAxis: value }],
  },
})
