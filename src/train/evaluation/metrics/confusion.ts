/** How often each class was taken for each: `confusion[label][predicted]`, a square of counts. */
export type Confusion = readonly (readonly number[])[]

/**
 * Counts what was taken for what.
 * @param labels the class of each sample, 0 .. classes - 1.
 * @param predicted what each was taken for, as many.
 */
export function confusionOf(
  labels: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]![predicted[i]!]!++
  return counts
}

/** A class that was taken for another. */
export interface ConfusedPair {
  readonly label: number
  readonly predicted: number
  readonly count: number
}

/** The pairs of a class and another that it was taken for, the most frequent first, at most `most` of them. */
export function mostConfused(confusion: Confusion, most: number): ConfusedPair[] {
  const pairs = confusion.flatMap((row, label) =>
    row.flatMap((count, predicted) =>
      count > 0 && predicted !== label ? [{ label, predicted, count }] : [],
    ),
  )
  return pairs.sort((a, b) => b.count - a.count || a.label - b.label).slice(0, most)
}

/** How many samples each class has. */
export const supports = (confusion: Confusion): number[] =>
  confusion.map((row) => row.reduce((sum, count) => sum + count, 0))

/** How often each class was predicted. */
export const predictions = (confusion: Confusion): number[] =>
  confusion.map((_, c) => confusion.reduce((sum, row) => sum + row[c]!, 0))

/** The classes that take part in the most mistakes, at most `most`, in their order. */
export function mostMistaken(confusion: Confusion, most: number): number[] {
  const [support, predicted] = [supports(confusion), predictions(confusion)]
  const mistakes = (c: number) => support[c]! + predicted[c]! - 2 * confusion[c]![c]!
  return [...confusion.keys()]
    .sort((a, b) => mistakes(b) - mistakes(a) || a - b)
    .slice(0, most)
    .sort((a, b) => a - b)
}
