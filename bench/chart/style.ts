import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { BarChart, type BarSeriesOption, LineChart, type LineSeriesOption } from 'echarts/charts'
import {
  GridComponent,
  type GridComponentOption,
  MarkLineComponent,
  type MarkLineComponentOption,
  TitleComponent,
  type TitleComponentOption,
} from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { axisText, colors, FONT, inks } from '../../src/train/charts/chart-style.ts'

echarts.use([BarChart, LineChart, GridComponent, MarkLineComponent, TitleComponent, SVGRenderer])

export type Option = echarts.ComposeOption<
  BarSeriesOption | LineSeriesOption | GridComponentOption | MarkLineComponentOption | TitleComponentOption
>

/** Width of a picture, in pixels. */
export const WIDTH = 960

export { axisText, inks }
/** Ours, theirs, and a third one. */
export const palette = [colors.train, colors.validation, colors.rate] as const

/** What all pictures of benchmarks have. */
export const common = {
  animation: false,
  backgroundColor: '#ffffff',
  textStyle: { fontFamily: FONT, color: inks.strong },
} as const

/** Title and, below it, what is measured. */
export const headings = (title: string, subtitle: string): TitleComponentOption[] => [
  { text: title, left: 24, top: 18, textStyle: { ...common.textStyle, fontSize: 20, fontWeight: 600 } },
  { text: subtitle, left: 24, top: 46, textStyle: { ...axisText, fontSize: 13, fontWeight: 400 } },
]

/** A picture as SVG. */
export function draw(option: Option, height: number): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  try {
    chart.setOption(option)
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

/** Writes a picture, making its folder if it is not there. */
export function writeChart(path: string, svg: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, svg)
}
