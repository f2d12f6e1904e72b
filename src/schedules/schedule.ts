/** From the step (0 for the first update) to a number. */
export type Schedule = (step: number) => number
