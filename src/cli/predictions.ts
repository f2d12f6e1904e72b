import type { ClassProbability } from './classifier.ts'

/** What a network says of a picture, or of a row of a table. */
export interface Prediction {
  /** Which one it is, such as `{ image: 'three.png' }` or `{ line: 12 }`. */
  readonly of: Readonly<Record<string, string | number>>
  /** The same for people. */
  readonly name: string
  readonly answer: Answer
}

/** All classes, likeliest first; or the numbers that were to be predicted, by their names. */
export type Answer =
  | { readonly classes: readonly ClassProbability[] }
  | { readonly predictions: Readonly<Record<string, number>> }

/** `three.png   3 98.7%   8 1.1%`, with the likeliest classes; or `line 12   price 312000`. */
export function formatPrediction({ name, answer }: Prediction, top: number): string {
  const said =
    'classes' in answer
      ? answer.classes.slice(0, top).map((item) => `${item.class} ${(item.probability * 100).toFixed(1)}%`)
      : Object.entries(answer.predictions).map(([target, value]) => `${target} ${shortFloat(value)}`)
  return [name, ...said].join('   ')
}

/** One line of JSON. */
export function jsonPrediction({ of, answer }: Prediction): string {
  if ('classes' in answer) return JSON.stringify({ ...of, ...answer })
  const entries = Object.entries(answer.predictions).map(([target, value]) => [target, shortFloat(value)])
  return JSON.stringify({ ...of, predictions: Object.fromEntries(entries) })
}

export interface PredictionTableOptions {
  /** What the column of classes is called. */
  readonly label: string
  /** Whether each class has a column with its probability. */
  readonly probabilities: boolean
}

/** Predictions as CSV (RFC 4180), a line each: which one, the class and its probability; or the numbers. */
export class PredictionTable {
  readonly #options: PredictionTableOptions
  readonly #lines: string[] = []
  #classes: readonly string[] = []

  constructor(options: PredictionTableOptions) {
    this.#options = options
  }

  get rows(): number {
    return Math.max(0, this.#lines.length - 1)
  }

  add({ of, answer }: Prediction): void {
    if (this.#lines.length === 0) this.#lines.push(this.#header(of, answer))
    this.#lines.push(csvLine([...Object.values(of), ...this.#cells(answer)]))
  }

  #header(of: Prediction['of'], answer: Answer): string {
    const { label, probabilities } = this.#options
    if (!('classes' in answer)) return csvLine([...Object.keys(of), ...Object.keys(answer.predictions)])
    // In an order that is the same for all rows, whatever is likeliest in the first.
    if (probabilities) this.#classes = answer.classes.map((item) => item.class).toSorted(byNumber.compare)
    const each = this.#classes.map((name) => `probability of ${name}`)
    return csvLine([...Object.keys(of), label, 'probability', ...each])
  }

  #cells(answer: Answer): (string | number)[] {
    if (!('classes' in answer)) return Object.values(answer.predictions).map(shortFloat)
    const { classes } = answer
    const chances = new Map(classes.map((item) => [item.class, item.probability]))
    const each = this.#classes.map((name) => chances.get(name)!)
    return [classes[0]!.class, ...[classes[0]!.probability, ...each].map(shortFloat)]
  }

  toString(): string {
    return this.#lines.join('')
  }
}

/** Texts by the numbers in them: 9 before 10. */
const byNumber = new Intl.Collator('en', { numeric: true })

const csvLine = (cells: readonly (string | number)[]) =>
  `${cells.map((cell) => quoted(String(cell))).join(',')}\n`
const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

/** A number of float32 with as few digits as tell it from its neighbors. */
function shortFloat(value: number): number {
  const exact = Math.fround(value)
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(exact.toPrecision(digits))
    if (Math.fround(short) === exact) return short
  }
  return Number(exact.toPrecision(9))
}
