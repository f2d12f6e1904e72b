/** What a run can be written down as besides its events, for other programs. */
import { unknownName } from '../../core/index.ts'
import type { Sink } from '../events.ts'
import { csvLog } from './csv.ts'
import { tensorboardLog } from './tensorboard.ts'

export { csvLog } from './csv.ts'
export { tensorboardLog } from './tensorboard.ts'

const logs: Readonly<Record<string, (folder: string) => Sink>> = { tensorboard: tensorboardLog, csv: csvLog }

/** The names that {@link logSink} knows. */
export const logNames: readonly string[] = Object.keys(logs)

/**
 * The log of a name, such as `tensorboard`, in a run folder.
 * @throws if there is none of that name; suggests the nearest.
 */
export function logSink(name: string, folder: string): Sink {
  const make = Object.hasOwn(logs, name) ? logs[name] : undefined
  if (!make) throw unknownName('log', name, logNames)
  return make(folder)
}
