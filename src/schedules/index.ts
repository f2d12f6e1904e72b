/** Schedules: pure functions from the step (0, 1, 2, ...) to a number. */
export * from './schedule.ts'
