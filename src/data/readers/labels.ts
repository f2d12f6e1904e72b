import { ensure } from '../../core/index.ts'

export interface SplitChoice {
  /** The part of the samples to test on, between 0 and 1 (default 0.2). */
  test?: number
  /** Another seed gives another split (default 0). */
  seed?: number
}

export type Task = 'classification' | 'regression'

/** Classes, [count], and their names; or numbers to predict, [count, targets], and theirs. */
export type Learned =
  | { readonly labels: Int32Array; readonly classes: readonly string[] }
  | { readonly labels: Float32Array; readonly targets: readonly string[] }

/** Up to so many different whole numbers are classes, unless `task` says otherwise. */
export const MAX_GUESSED = 20
const MAX_CLASSES = 10_000

export interface LabelOptions {
  /** The label, for messages and as the name of the number to predict. */
  readonly name: string
  readonly where: string
  readonly task?: Task | undefined
  /** Up to so many different whole numbers are classes (default 20). */
  readonly guessed?: number
  readonly notices: string[]
}

/** Labels from numbers, one a sample: classes if they are few whole numbers, or if `task` asks for it. */
export function learnNumbers(values: Float64Array, options: LabelOptions): Learned {
  const { name, where, task, guessed = MAX_GUESSED, notices } = options
  const different = new Set<number>()
  for (const value of values) if (different.size <= MAX_CLASSES) different.add(value)
  const few = different.size <= guessed && [...different].every(Number.isInteger)
  if (task === undefined) {
    notices.push(
      few
        ? `${name}: ${different.size} classes, for it has as many different whole numbers (task: 'regression' predicts them)`
        : `${name}: a number to predict (task: 'classification' makes a class of each different one)`,
    )
  }
  if (task === 'classification' || (task === undefined && few))
    return learnClasses(values, different, options)
  ensure(
    different.size > 1,
    `${where}: expected different numbers to predict, found ${name} ${values[0]} only`,
  )
  return { labels: Float32Array.from(values), targets: [name] }
}

function learnClasses(values: Float64Array, different: ReadonlySet<number>, options: LabelOptions): Learned {
  const { name, where } = options
  ensure(
    different.size <= MAX_CLASSES,
    `${where}: expected at most ${MAX_CLASSES} classes, found more different values of ${name}`,
    "is it a number to predict? task: 'regression'",
  )
  const sorted = [...different].sort((a, b) => a - b)
  const classOf = new Map(sorted.map((value, i) => [value, i]))
  const classes = sorted.map(String)
  return checkClasses(
    Int32Array.from(values, (value) => classOf.get(value)!),
    classes,
    where,
  )
}

/** Classes, checked: at least two. */
export function checkClasses(labels: Int32Array, classes: readonly string[], where: string): Learned {
  ensure(labels.length > 0, `${where}: expected samples, found none`)
  const first = labels[0]!
  ensure(
    labels.some((label) => label !== first),
    `${where}: expected at least two classes, found "${classes[first]}" only, in all ${labels.length} samples`,
  )
  return { labels, classes }
}

/** Fails if there is a class with a single sample: none would be left to test on, or to train on. */
export function expectPairs(learned: Learned, where: string): void {
  if (!('classes' in learned)) return
  const counts = new Uint32Array(learned.classes.length)
  for (const label of learned.labels) counts[label]!++
  const lone = counts.indexOf(1)
  ensure(
    lone < 0,
    `${where}: expected at least 2 samples of each class, found one of "${learned.classes[lone]}"`,
    'one is to train on, one to test on: add samples of the class, or leave it out',
  )
}
