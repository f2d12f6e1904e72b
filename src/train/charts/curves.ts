import type { TrainEvent } from '../events.ts'
import { readEvents } from '../run/event-log.ts'
import type { RunFolder } from '../run/run-folder.ts'
import { writePicture } from './picture.ts'

/** The curves of a run (loss, accuracy, learning rate over the epochs) as an SVG picture. */
export async function drawCurves(events: readonly TrainEvent[]): Promise<string> {
  // Loaded when needed: the charts take half a second to load, which every other command would pay.
  const [{ curveData }, { curveChart }] = await Promise.all([
    import('./curve-data.ts'),
    import('./curve-chart.ts'),
  ])
  return curveChart(curveData(events))
}

/**
 * Writes `curves.svg` and `curves.png` of a run from its events.
 * @returns the paths of the two files.
 */
export async function writeCurves(run: RunFolder): Promise<readonly [svg: string, png: string]> {
  return writePicture(run.file('curves'), await drawCurves(readEvents(run.events.path)))
}
