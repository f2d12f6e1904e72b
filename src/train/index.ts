/** Training: the step, the loop around it, and what a run leaves behind (events, checkpoints, run folder, curves). */
export * from './checkpoint.ts'
export { drawCurves, writeCurves } from './curves.ts'
export { EventLog, readEvents } from './event-log.ts'
export * from './events.ts'
export type { Json, JsonObject } from './json.ts'
export * from './run-folder.ts'
export * from './safetensors.ts'
