import { axisText, common, draw, headings, inks, type Option, palette, WIDTH } from './style.ts'

/** A curve through measured points on logarithmic axes. */
export interface Panel {
  readonly name: string
  /** What goes on below the axis. */
  readonly unit: string
  readonly points: readonly (readonly [x: number, y: number])[]
  /** The curve that they are to be seen beside, dashed. */
  readonly ideal: readonly (readonly [x: number, y: number])[]
}

export interface PanelChartOptions {
  readonly title: string
  readonly subtitle: string
  readonly panels: readonly Panel[]
}

const [TOP, HEIGHT, GAP] = [128, 210, 56]

/** Panels side by side, two in a row, both axes logarithmic, as an SVG picture. */
export function panelChart({ title, subtitle, panels }: PanelChartOptions): string {
  const width = (WIDTH - 3 * GAP) / 2
  const boxes = panels.map((_, i) => ({
    left: GAP + (i % 2) * (width + GAP),
    top: TOP + Math.floor(i / 2) * (HEIGHT + 100),
    width,
    height: HEIGHT,
  }))
  const option: Option = {
    ...common,
    title: [
      ...headings(title, subtitle),
      ...panels.map(({ name }, i) => ({
        text: name,
        left: boxes[i]!.left - 30,
        top: boxes[i]!.top - 38,
        textStyle: { ...common.textStyle, fontSize: 14, fontWeight: 600 as const },
      })),
    ],
    grid: boxes.map((box) => ({ ...box, outerBoundsMode: 'none' })),
    xAxis: panels.map(({ points, unit }, i) => ({ ...axis(i, points, 0), ...nameOf(unit) })),
    yAxis: panels.map(({ points, ideal }, i) => axis(i, [...points, ...ideal], 1)),
    series: panels.flatMap(({ points, ideal }, i) => [
      line(i, ideal, { color: inks.soft, type: [4, 4], width: 1 }, false),
      line(i, points, { color: palette[0], type: 'solid', width: 2 }, true),
    ]),
  }
  return draw(option, TOP + Math.ceil(panels.length / 2) * (HEIGHT + 100) - 30)
}

const nameOf = (unit: string) => ({
  name: unit,
  nameLocation: 'middle' as const,
  nameGap: 26,
  nameTextStyle: axisText,
})

/** A logarithmic axis that begins and ends at a power of two, which is what is varied. */
function axis(gridIndex: number, points: Panel['points'], which: 0 | 1) {
  const powers = points.map((point) => Math.log2(point[which]))
  return {
    type: 'log' as const,
    logBase: 2,
    gridIndex,
    min: 2 ** Math.floor(Math.min(...powers)),
    max: 2 ** Math.ceil(Math.max(...powers)),
    axisLabel: {
      ...axisText,
      formatter: (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: 3 }),
    },
    axisLine: { lineStyle: { color: inks.line } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: inks.grid } },
  }
}

interface Stroke {
  readonly color: string
  readonly type: 'solid' | number[]
  readonly width: number
}

const line = (index: number, points: Panel['points'], lineStyle: Stroke, showSymbol: boolean) => ({
  type: 'line' as const,
  xAxisIndex: index,
  yAxisIndex: index,
  data: points.map((point) => [...point]),
  symbol: 'circle',
  symbolSize: 6,
  showSymbol,
  itemStyle: { color: lineStyle.color },
  lineStyle,
})
