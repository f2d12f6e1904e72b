import type { GraphicComponentOption } from 'echarts/components'
import { FONT, inks } from './chart-style.ts'

export interface TextStyle {
  /** In units of the picture (default 12). */
  readonly size?: number
  readonly ink?: string
  readonly bold?: boolean
  readonly align?: 'left' | 'center' | 'right'
}

/** Text whose middle is at the height `y`; `{b|...}` within is bold, `{n|...}` a note beside it. */
export function drawnText(
  content: string,
  x: number,
  y: number,
  style: TextStyle = {},
): GraphicComponentOption {
  const { size = 12, ink = inks.strong, bold = false, align = 'left' } = style
  return {
    type: 'text',
    style: {
      text: content,
      x,
      y,
      align,
      verticalAlign: 'middle',
      fill: ink,
      fontSize: size,
      fontFamily: FONT,
      fontWeight: bold ? 600 : 400,
      rich: {
        b: { fill: inks.strong, fontSize: 15, fontFamily: FONT, fontWeight: 600 },
        n: { fill: inks.soft, fontSize: 13, fontFamily: FONT, padding: [0, 0, 0, 20] },
      },
    },
  }
}
