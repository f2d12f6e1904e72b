/** Several networks that answer as one. */
export { type EnsembleOptions, ensemble } from './ensemble.ts'
