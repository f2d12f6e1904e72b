import type { RunDetail } from '../../src/serve/api.ts'

/** A selected run with all that is known of it, and how it looks. */
export interface ShownRun {
  readonly id: string
  readonly color: string
  /** Marker beside the color. */
  readonly symbol: string
  readonly detail: RunDetail
}
