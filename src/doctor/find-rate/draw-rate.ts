import type { RateAnswer } from './find-rate.ts'

/** What {@link findRate} found, as an SVG picture: `writePicture('rate', await drawRate(answer))`. */
export async function drawRate(answer: RateAnswer): Promise<string> {
  // Loaded when needed: the charts take half a second to load, which every other command would pay.
  const { rateChart } = await import('./rate-chart.ts')
  return rateChart(answer)
}
