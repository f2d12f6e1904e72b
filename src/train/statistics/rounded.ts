/** Rounded to 6 significant digits: statistics of thousands of steps should not fill a disk. */
export const rounded = (value: number, digits = 6): number => Number(value.toPrecision(digits))
