/** Letters of our pictures: the family that comes with Gradus, and what else looks well. */
export const FONT = "Inter, system-ui, 'Segoe UI', Roboto, sans-serif"

/** Blue, vermilion and green of Okabe and Ito (2008): apart for all kinds of color vision. */
export const colors = { train: '#0072b2', validation: '#d55e00', rate: '#009e73' }
export const inks = { strong: '#1b1f24', soft: '#6a737d', line: '#d0d7de', grid: '#eceff2' }

export const axisText = { color: inks.soft, fontSize: 12, fontFamily: FONT }

/** How an axis looks that lies below a chart, named in its middle. */
export const axisBelow = {
  nameLocation: 'middle' as const,
  nameGap: 28,
  nameTextStyle: axisText,
  axisLine: { lineStyle: { color: inks.line } },
  axisTick: { show: false },
  axisLabel: axisText,
  splitLine: { show: false },
}

/** `0.05`, `1e-3`: as people write learning rates. Powers of 10 on a log scale come with errors in their last digits. */
export function formatTick(value: number): string {
  const rounded = Number(value.toPrecision(3))
  return rounded === 0 || rounded >= 0.01 ? String(rounded) : rounded.toExponential()
}
