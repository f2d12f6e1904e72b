/** Statistics of a run: what activations, gradients, weights and updates are like in the steps that are looked at. */
export { isSampled, type StatisticsOptions, statisticsDefaults, statisticsSchema } from './options.ts'
export { Statistics, type StatisticsMemory, type StatisticsProgress } from './statistics.ts'
