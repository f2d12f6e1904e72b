import type { Scores } from '../events.ts'
import type { TextStream } from '../run/progress.ts'
import { formatNumber, formatSeconds, formatStart } from '../run/progress-format.ts'
import type { CrossValidation, FoldEvent, FoldResult, FoldSink } from './cross-validate.ts'

/** Shows cross-validation to a person: a table that gets a row with each fold, and on a terminal how far the one under way is. */
export function foldsProgress(stream: TextStream = process.stdout): FoldSink {
  let isLive = false
  const line = (text: string) => {
    stream.write(`${isLive ? ERASE : ''}${text}\n`)
    isLive = false
  }
  return (event) => {
    if (event.type === 'start' && event.fold === 1) return line(formatStart(event))
    if (event.type === 'notice') return line(`note    ${event.message}`)
    if (event.type === 'epoch' && stream.isTTY) {
      stream.write(`${ERASE}${liveOf(event)}`)
      isLive = true
    }
    if (event.type === 'fold') return line(formatFold(event, event.fold === 1))
    if (event.type === 'folds') return line(formatFolds(event))
  }
}

/** Back to the start of the line, which is erased. */
const ERASE = '\r\x1b[K'

const liveOf = ({ fold, folds, epoch, epochs }: Extract<FoldEvent, { readonly type: 'epoch' }>) =>
  `fold ${fold}/${folds}  epoch ${epoch}/${epochs}`

/** Widths of the columns before the scores, and of those. */
const WIDTHS = [4, 8, 8, 10]
const SCORE = 9

const row = (cells: readonly string[]) =>
  cells
    .map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[0]!) : cell.padStart(WIDTHS[i] ?? SCORE)))
    .join('  ')
    .trimEnd()

/** The row of a fold, below the names of the columns if it is the first. */
function formatFold(
  { fold, train, heldOut, bestEpoch, scores, seconds }: FoldResult,
  isFirst: boolean,
): string {
  const head = row(['fold', 'train', 'held out', 'best epoch', ...Object.keys(scores), 'time'])
  const place = [fold, train.toLocaleString('en-US'), heldOut.toLocaleString('en-US'), bestEpoch].map(String)
  const text = row([...place, ...cellsOf(scores), formatSeconds(seconds)])
  return isFirst ? `${head}\n${text}` : text
}

/** The whole table. */
export const formatCrossValidation = (validation: CrossValidation): string =>
  [...validation.results.map((result, i) => formatFold(result, i === 0)), formatFolds(validation)].join('\n')

/** The last rows, mean and sample standard deviation; or that there is nothing to tell. */
function formatFolds({ mean, std, results, folds, outcome }: CrossValidation): string {
  if (results.length === 0) return 'stopped before a fold was done'
  const empty = ['', '', '']
  return [
    row(['mean', ...empty, ...cellsOf(mean)]),
    ...(results.length > 1 ? [row(['std', ...empty, ...cellsOf(std)])] : []),
    ...(outcome === 'interrupted' ? [`stopped after ${results.length} of ${folds} folds`] : []),
  ].join('\n')
}

const cellsOf = (scores: Scores | Readonly<Record<string, number>>) =>
  Object.entries(scores).map(([name, value]) =>
    name === 'accuracy' ? `${(value! * 100).toFixed(2)}%` : formatNumber(value!),
  )
