import type { ClassView, EvaluationView, WorstView } from './api.ts'
import { type Fields, isFields, listOf, numberOf, numbersOf, recordsOf, textOf } from './fields.ts'
import { readRegular } from './tail.ts'

const LARGEST_FILE = 32 << 20
/** A matrix of more classes cannot be looked at. */
const MOST_CLASSES = 200
const MOST_WORST = 48
const LARGEST_IMAGE = 200_000

/** What `evaluation.json` of a run says; undefined if there is none that can be read. */
export function readEvaluation(path: string): EvaluationView | undefined {
  const text = readRegular(path, LARGEST_FILE)
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined // being written
  }
  return isFields(value) ? evaluationOf(value) : undefined
}

function evaluationOf(held: Fields): EvaluationView {
  const classes = [...recordsOf(held, 'classes', 1000), ...recordsOf(held, 'perClass', 1000)]
  const [low, high] = numbersOf(held, 'interval', 2) ?? []
  const confusion = confusionOf(held)
  return {
    split: textOf(held, 'split'),
    samples: numberOf(held, 'samples'),
    accuracy: numberOf(held, 'accuracy'),
    ...(low !== undefined && high !== undefined && { interval: [low, high] as const }),
    classes: classes.map(classOf),
    ...(confusion && { confusion }),
    worst: recordsOf(held, 'worst', MOST_WORST).map(worstOf),
  }
}

function classOf(held: Fields, i: number): ClassView {
  return {
    name: textOf(held, 'name') ?? textOf(held, 'class') ?? String(i),
    precision: numberOf(held, 'precision'),
    recall: numberOf(held, 'recall'),
    f1: numberOf(held, 'f1'),
    support: numberOf(held, 'support'),
  }
}

/** A square of counts. */
function confusionOf(held: Fields): readonly (readonly number[])[] | undefined {
  const rows = listOf(held, 'confusion')
  if (rows.length === 0 || rows.length > MOST_CLASSES) return undefined
  const isCount = (n: unknown) => Number.isFinite(n) && Number(n) >= 0
  const isRow = (row: unknown) => Array.isArray(row) && row.length === rows.length && row.every(isCount)
  return rows.every(isRow) ? (rows as number[][]) : undefined
}

function worstOf(held: Fields): WorstView {
  const image = held.image
  const isImage =
    typeof image === 'string' &&
    image.length < LARGEST_IMAGE &&
    /^data:image\/(png|jpeg|webp);base64,/.test(image)
  return {
    sample: numberOf(held, 'sample'),
    label: nameOf(held, 'label', 'expected'),
    predicted: nameOf(held, 'predicted'),
    probability: numberOf(held, 'probability'),
    confidence: numberOf(held, 'confidence'),
    loss: numberOf(held, 'loss'),
    ...(isImage && { image }),
  }
}

/** The name of a class, its number, or the numbers that were predicted. */
function nameOf(held: Fields, ...keys: readonly string[]): string {
  for (const key of keys) {
    const name = textOf(held, key) ?? numberOf(held, key)
    if (name !== undefined) return String(name)
    const numbers = numbersOf(held, key, 16)
    if (numbers) return numbers.map((n) => n.toPrecision(3)).join(', ')
  }
  return '?'
}
