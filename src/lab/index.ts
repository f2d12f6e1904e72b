/** The lab: experiments with Gradus itself, whose results the docs show. */
export * as clinic from './clinic/index.ts'
