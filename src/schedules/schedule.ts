/** What a schedule may know of the run that it belongs to. One that has all its numbers itself needs none of it. */
export interface Horizon {
  /** The value that the run was given: the optimizer's rate. */
  readonly base?: number
  /** Updates in the whole run; after a join, those that are left. */
  readonly steps?: number
  /** Updates in one epoch. */
  readonly stepsPerEpoch?: number
  /** Where the curve before this one ended, after a join. Default: `base`. */
  readonly start?: number
  /** What the learning rate is multiplied by besides, such as after a plateau. Default: 1. */
  readonly factor?: number
}

/**
 * From the step (0 for the first update) to a number. A pure function: a run that is resumed goes on where it was.
 * Any `(step) => number` is a schedule; the curves of this room can be joined besides.
 */
export type Schedule = (step: number, horizon?: Horizon) => number
