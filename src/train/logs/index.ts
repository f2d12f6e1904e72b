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

/** @throws if there is no log of that name; suggests the nearest. */
export function expectLog(name: string): void {
  if (!Object.hasOwn(logs, name)) throw unknownName('log', name, logNames)
}

/**
 * The log of a name, such as `tensorboard`, in a run folder.
 * @throws if there is none of that name.
 */
export function logSink(name: string, folder: string): Sink {
  expectLog(name)
  return logs[name]!(folder)
}
