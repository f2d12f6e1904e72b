import { LineChart } from 'echarts/charts'
import { GridComponent, TitleComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { ensure, ensureKnownOptions } from '../../core/index.ts'
import type { Schedule } from '../../schedules/index.ts'
import { axisBelow, axisText, colors, FONT, formatTick, inks } from './chart-style.ts'
import type { Point } from './curve-data.ts'

echarts.use([LineChart, GridComponent, TitleComponent, SVGRenderer])

export interface ScheduleChartOptions {
  /** Steps in the run. */
  readonly steps: number
  /** The rate that the optimizer is given, for schedules that start from it. */
  readonly rate?: number
  /** Steps in an epoch, for schedules that count in epochs; the axis then shows epochs. */
  readonly stepsPerEpoch?: number
  /** Default: `Learning rate`. */
  readonly title?: string
  /** Default: linear. */
  readonly scale?: 'linear' | 'log'
}

const [WIDTH, HEIGHT] = [720, 360]
/** More points than pixels show nothing more. */
const MOST_POINTS = 2000

/**
 * A schedule as an SVG picture, before anything is trained:
 * ```ts
 * const svg = plotSchedule(warmup({ epochs: 5 }).andThen(cosine()), { rate: 0.1, steps: 3000, stepsPerEpoch: 100 })
 * await writePicture('schedule', svg)        // schedule.svg and schedule.png
 * ```
 * @throws if the schedule lacks something, or gives a number that is not finite.
 */
export function plotSchedule(schedule: Schedule, options: ScheduleChartOptions): string {
  ensureKnownOptions('plotSchedule', options, ['steps', 'rate', 'stepsPerEpoch', 'title', 'scale'])
  const { steps, scale = 'linear' } = options
  ensure(
    Number.isInteger(steps) && steps > 0,
    `plotSchedule: expected a whole number of steps, at least 1, got ${steps}`,
  )
  ensure(
    scale === 'linear' || scale === 'log',
    `plotSchedule: expected scale: 'linear' or 'log', got ${scale}`,
  )
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  try {
    chart.setOption(layout(pointsOf(schedule, options), options))
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

/** (step or epoch, rate), thinned out where there are more than can be seen, with the corners kept. */
function pointsOf(schedule: Schedule, { steps, rate, stepsPerEpoch }: ScheduleChartOptions): Point[] {
  const values = Array.from({ length: steps }, (_, step) => {
    const value = schedule(step, { base: rate, steps, stepsPerEpoch })
    ensure(Number.isFinite(value), `plotSchedule: the schedule is ${value} at step ${step}`)
    return value
  })
  const stride = Math.max(1, Math.floor(steps / MOST_POINTS))
  const unit = stepsPerEpoch ?? 1
  return values.flatMap((value, step): Point[] => {
    const [before, after] = [values[step - 1] ?? value, values[step + 1] ?? value]
    const turns = (value - before) * (after - value) < 0 || Math.abs(after - value) > 0.2 * Math.abs(value)
    return step % stride === 0 || step === steps - 1 || turns ? [[step / unit, value]] : []
  })
}

function layout(points: readonly Point[], { steps, stepsPerEpoch, title, scale }: ScheduleChartOptions) {
  const rates = points.map(([, value]) => value)
  const [first, peak, last] = [rates[0]!, Math.max(...rates), rates.at(-1)!]
  const text = { fontFamily: FONT, color: inks.strong }
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: text,
    title: [
      {
        text: title ?? 'Learning rate',
        left: 20,
        top: 14,
        textStyle: { ...text, fontSize: 18, fontWeight: 600 },
      },
      {
        text: `from ${formatTick(first)}, at most ${formatTick(peak)}, to ${formatTick(last)}`,
        left: 20,
        top: 40,
        textStyle: { ...axisText, fontSize: 13, fontWeight: 400 },
      },
    ],
    grid: { left: 68, right: 28, top: 80, bottom: 54, outerBoundsMode: 'none' },
    xAxis: {
      type: 'value',
      min: 0,
      max: steps / (stepsPerEpoch ?? 1),
      name: stepsPerEpoch ? 'epoch' : 'step',
      ...axisBelow,
    },
    yAxis: {
      type: scale === 'log' ? 'log' : 'value',
      min: scale === 'log' ? undefined : 0,
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...axisText, formatter: formatTick },
      splitLine: { lineStyle: { color: inks.grid, width: 1 } },
    },
    series: [
      {
        type: 'line',
        data: points.map((point) => [...point]),
        showSymbol: false,
        lineStyle: { color: colors.rate, width: 2, cap: 'round', join: 'round' },
        areaStyle: scale === 'log' ? undefined : { color: colors.rate, opacity: 0.08 },
      },
    ],
  }
}
