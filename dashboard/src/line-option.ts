import type { CustomSeriesOption, LineSeriesOption } from 'echarts/charts'
import type { GridComponentOption, TooltipComponentOption } from 'echarts/components'
import type { ComposeOption } from 'echarts/core'
import { short } from './format.ts'
import type { Inks } from './theme.ts'

export type Option = ComposeOption<
  LineSeriesOption | CustomSeriesOption | GridComponentOption | TooltipComponentOption
>

/** A line of a picture. Points of which a number is missing are gaps. */
export interface Line {
  readonly name: string
  readonly x: readonly number[]
  readonly y: readonly (number | null)[]
  readonly color: string
  readonly dashed?: boolean
  /** A marker at each point. */
  readonly symbol?: string
  /** Drawn behind the others, and not named: the noise that another line smooths. */
  readonly faint?: boolean
}

/** The space between two lines over the same points. */
export interface Band {
  readonly x: readonly number[]
  readonly low: readonly number[]
  readonly high: readonly number[]
  readonly color: string
}

export interface Picture {
  readonly lines: readonly Line[]
  readonly bands?: readonly Band[]
  /** Names of the places along the horizontal axis; it is in epochs without. */
  readonly places?: readonly string[]
  /** A level that is drawn across. */
  readonly level?: { readonly at: number; readonly name: string }
  readonly log?: boolean
  readonly format?: (value: number) => string
  /** The vertical axis does not go beyond these. */
  readonly range?: readonly [number | undefined, number | undefined]
}

/** What ECharts draws of a picture. */
export function optionOf(
  { lines, bands = [], places, level, log, format = short, range }: Picture,
  inks: Inks,
): Option {
  const end = places ? places.length - 1 : endOf(lines)
  const text = { color: inks.soft, fontSize: 11, fontFamily: 'system-ui, sans-serif' }
  const rule = { lineStyle: { color: inks.grid } }
  const common = { axisLabel: { ...text, hideOverlap: true }, splitLine: rule, axisTick: { show: false } }
  return {
    animation: false,
    grid: { left: 8, right: 14, top: 14, bottom: 6, containLabel: true },
    tooltip: {
      trigger: 'axis',
      // Drawn on the canvas: names from run folders never become HTML.
      renderMode: 'richText',
      confine: true,
      transitionDuration: 0,
      backgroundColor: inks.panel,
      borderColor: inks.line,
      textStyle: { ...text, color: inks.strong },
      axisPointer: { lineStyle: { color: inks.soft } },
      formatter: (points) => tooltipOf(Array.isArray(points) ? points : [points], places, format),
    },
    xAxis: {
      ...common,
      ...(places
        ? { type: 'category' as const, data: [...places], boundaryGap: false }
        : { type: 'value' as const, min: 0, max: end || undefined }),
      axisLine: { lineStyle: { color: inks.line } },
      splitLine: { show: false },
    },
    yAxis: {
      ...common,
      ...(log ? { type: 'log' as const, logBase: baseOf(lines) } : { type: 'value' as const, scale: true }),
      min: range?.[0],
      max: range?.[1],
      axisLabel: { ...text, formatter: (value: number) => format(Number(value.toPrecision(9))) },
    },
    series: [
      ...bands.map((band) => bandSeries(band, log)),
      ...lines.map((line, i) => lineSeries(line, i, log, inks)),
      ...(level ? [levelSeries(level, end, inks)] : []),
    ],
  }
}

/** Where the last point is; up to the whole epoch that is nearly over. */
function endOf(lines: readonly Line[]): number {
  const last = Math.max(0, ...lines.map(({ x }) => x.at(-1) ?? 0))
  const whole = Math.ceil(last)
  return whole - last < 0.03 * last ? whole : last
}

/** Powers of 10, or of 2 where there would be too few of them and people know them. */
function baseOf(lines: readonly Line[]): number {
  const values = lines.flatMap(({ y }) => y).filter((value) => value !== null && value > 0) as number[]
  const [low, high] = values.reduce(
    ([a, b], value) => [Math.min(a, value), Math.max(b, value)],
    [Infinity, 0],
  )
  return high / low < 20 && low > 0.05 && high < 100 ? 2 : 10
}

function lineSeries(line: Line, i: number, log: boolean | undefined, inks: Inks): LineSeriesOption {
  const { name, x, y, color, dashed, symbol, faint } = line
  // A logarithm of 0 would be no place on the axis.
  const shown = (value: number | null) => (value === null || (log && value <= 0) ? null : value)
  return {
    type: 'line',
    id: String(i),
    name: faint ? '' : name,
    data: x.map((at, j) => [at, shown(y[j] ?? null)]),
    showSymbol: symbol !== undefined || x.length === 1,
    symbol: symbol ?? 'circle',
    symbolSize: symbol === undefined ? 4 : 6,
    lineStyle: { color, width: faint ? 1 : 1.8, type: dashed ? [6, 4] : 'solid', opacity: faint ? 0.28 : 1 },
    itemStyle: { color, borderColor: inks.panel, borderWidth: symbol ? 1 : 0 },
    emphasis: { disabled: true },
    silent: true,
    tooltip: { show: !faint },
    z: faint ? 2 : 3,
  }
}

/** A polygon: along the upper line and back along the lower one. */
function bandSeries({ x, low, high, color }: Band, log: boolean | undefined): CustomSeriesOption {
  const places = [...x.keys()].filter((i) => !log || (low[i]! > 0 && high[i]! > 0))
  return {
    type: 'custom',
    silent: true,
    clip: true,
    tooltip: { show: false },
    // The corners tell the axes how far the band reaches.
    data: places.length > 1 ? [[x[places[0]!]!, low[places[0]!]!]] : [],
    renderItem: (_, api) => ({
      type: 'polygon',
      shape: {
        points: [
          ...places.map((i) => api.coord([x[i]!, high[i]!])),
          ...places.toReversed().map((i) => api.coord([x[i]!, low[i]!])),
        ],
      },
      style: { fill: color, opacity: 0.13 },
    }),
    z: 1,
  }
}

/** A line across, with its name at the end. */
function levelSeries({ at, name }: { at: number; name: string }, end: number, inks: Inks): LineSeriesOption {
  return {
    type: 'line',
    data: [
      [0, at],
      [end, at],
    ],
    silent: true,
    showSymbol: false,
    lineStyle: { color: inks.strong, type: [2, 3], width: 1.4 },
    endLabel: {
      show: true,
      formatter: name,
      color: inks.strong,
      fontSize: 11,
      align: 'right',
      offset: [-4, -9],
    },
    tooltip: { show: false },
    z: 4,
  }
}

interface Point {
  readonly seriesName?: string
  readonly value?: unknown
  readonly axisValue?: unknown
}

/** Rows of a tooltip that fit beside a picture. */
const MOST_ROWS = 14

function tooltipOf(
  points: readonly Point[],
  places: readonly string[] | undefined,
  format: (n: number) => string,
) {
  const rows = points.flatMap(({ seriesName, value }) => {
    const y = Array.isArray(value) ? value[1] : undefined
    return seriesName && typeof y === 'number' ? [`${clip(seriesName)}  ${format(y)}`] : []
  })
  const first = points[0]
  const x = Array.isArray(first?.value) ? first.value[0] : undefined
  const title = places
    ? (places[Number(x)] ?? '')
    : typeof x === 'number'
      ? `epoch ${Number(x.toFixed(2))}`
      : ''
  const more = rows.length > MOST_ROWS ? [`and ${rows.length - MOST_ROWS} more`] : []
  return plain([title, ...rows.slice(0, MOST_ROWS), ...more].join('\n'))
}

export const clip = (text: string, length = 40): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text

/** Braces mean styles in rich text. */
const plain = (text: string) => text.replaceAll('{', '(').replaceAll('}', ')')
