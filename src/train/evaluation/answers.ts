/** How what a network gives is read, and how several answers to one sample become one. */
export interface Answers {
  /** Numbers that the network gives for a sample. */
  readonly outputs: number
  /** Numbers that are read from them. */
  readonly width: number
  /** From [count, outputs] to [count, width], row-major. */
  read(outputs: ArrayLike<number>): Float64Array
  /** The one answer of several, which are of the same samples. */
  average(answers: readonly Float64Array[]): Float64Array
}

/** Scores of classes, read as the natural logarithms of the probabilities that softmax makes of them. */
export const classAnswers = (classes: number): Answers => ({
  outputs: classes,
  width: classes,
  read: (scores) => logSoftmaxOf(scores, classes),
  average: logMeanExp,
})

/** Logits of yes, read as the natural logarithms of the probabilities of no and yes. */
export const yesNoAnswers: Answers = {
  outputs: 1,
  width: 2,
  read(logits) {
    const logs = new Float64Array(2 * logits.length)
    for (let i = 0; i < logits.length; i++) {
      const smaller = Math.log1p(Math.exp(-Math.abs(logits[i]!)))
      logs[2 * i] = -(Math.max(logits[i]!, 0) + smaller)
      logs[2 * i + 1] = -(Math.max(-logits[i]!, 0) + smaller)
    }
    return logs
  },
  average: logMeanExp,
}

/** Whether so many outputs for so many classes must be the logit of yes. */
export const isYesNo = (outputs: number, classes: number): boolean => outputs === 1 && classes === 2

/** Numbers that are what they are, or what `read` makes of each. */
export const numberAnswers = (count: number, read: (number: number) => number = (x) => x): Answers => ({
  outputs: count,
  width: count,
  read: (numbers) => Float64Array.from(numbers, read),
  average: (answers) =>
    answers[0]!.map((_, i) => answers.reduce((sum, answer) => sum + answer[i]!, 0) / answers.length),
})

function logSoftmaxOf(scores: ArrayLike<number>, width: number): Float64Array {
  const logs = new Float64Array(scores.length)
  for (let start = 0; start < scores.length; start += width) {
    let highest = Number.NEGATIVE_INFINITY
    for (let c = start; c < start + width; c++) highest = Math.max(highest, scores[c]!)
    let total = 0
    for (let c = start; c < start + width; c++) total += Math.exp(scores[c]! - highest)
    const all = highest + Math.log(total)
    for (let c = start; c < start + width; c++) logs[c] = scores[c]! - all
  }
  return logs
}

/** The logarithm of the mean of what the logarithms are of: exact for probabilities far too small to be written as such. */
function logMeanExp(answers: readonly Float64Array[]): Float64Array {
  if (answers.length === 1) return answers[0]!
  return answers[0]!.map((_, i) => {
    const highest = Math.max(...answers.map((answer) => answer[i]!))
    const total = answers.reduce((sum, answer) => sum + Math.exp(answer[i]! - highest), 0)
    return highest + Math.log(total / answers.length)
  })
}
