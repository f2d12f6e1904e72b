import type { styleText } from 'node:util'
import type { EndEvent, EpochEvent, FindingEvent, Scores, StartEvent, StepEvent } from '../events.ts'
import { shellWord } from './shell-word.ts'

type Style = Parameters<typeof styleText>[0]

/** How lines look: `columns` is the room they have, `paint` gives a text a style, or leaves it plain. */
export interface Look {
  readonly columns: number
  readonly paint: (style: Style, text: string) => string
}

/** No colors, and all the room there is. */
export const plain: Look = { columns: Number.POSITIVE_INFINITY, paint: (_, text) => text }

/** A piece of a line. Where room is short, pieces with the largest `rank` go first; those without one stay. */
interface Piece {
  readonly text: string
  readonly style?: Style
  readonly rank?: number
  /** One space after it instead of two. */
  readonly tight?: boolean
}

/** What the run trains on, what it trains, and how. */
export function formatStart(event: StartEvent, look: Look = plain): string {
  const { data, model, device, threads, seed, batchSize } = event
  const splits = (['train', 'validation', 'test'] as const).filter((split) => data[split] > 0)
  const samples = splits.map((split) => `${count(data[split])} ${split}`).join(' / ')
  const classes = data.classes === undefined ? '' : `, ${data.classes} classes`
  const inputs = `  ${samples}, ${formatSample(data.inputShape)}${classes}`
  const size = `  ${count(model.parameters)} parameters, ${compact(model.multiplyAdds)} multiply-adds`
  const length = data.name.length + inputs.length + 8 + model.name.length + size.length
  const between = length < look.columns ? '        ' : '\n'
  const what = look.paint('bold', data.name) + inputs + between + look.paint('bold', model.name) + size
  const changes = event.recipe?.augment ?? []
  const augmented = changes.length > 0 ? `, augmented (${changes.join(', ')})` : ''
  const how = `${event.run}  ${device}, ${plural(threads, 'thread')}, batch ${batchSize}, seed ${seed}${augmented}`
  const where = event.resumed ? `${how}, going on after step ${event.step}` : how
  return `${what}\n${look.paint('dim', where)}`
}

/** Means over the steps of the epoch so far, and what is left of the run. */
export interface Running {
  readonly epochs: number
  readonly loss: number
  readonly accuracy: number | undefined
  readonly rmse?: number | undefined
  readonly samplesPerSecond: number
  readonly secondsLeft: number
  /** What samples are called: `images`, `samples`. */
  readonly unit: string
}

/** The line that shows how far an epoch is. */
export function formatStep(event: StepEvent, running: Running, look: Look = plain): string {
  const { epoch, batch, batches, rate } = event
  return fitLine(
    (bar) => [
      ...position({ epoch, epochs: running.epochs, batch, batches }, bar),
      { text: `${count(Math.round(running.samplesPerSecond))} ${running.unit}/s`, rank: 2 },
      { text: `${formatSeconds(running.secondsLeft)} left`, rank: 1 },
      ...scores(running.loss, undefined, running),
      { text: `rate ${rate.toExponential(1)}`, style: 'dim', rank: 6 },
    ],
    look,
  )
}

/**
 * The line that stays of an epoch: its duration, training loss, validation loss and accuracy, or errors of numbers (without
 * validation, those of training).
 */
export function formatEpoch(event: EpochEvent, look: Look = plain): string {
  const { epoch, epochs, batches, batch = batches, train, validation, seconds, best } = event
  const mark = ' best'
  return fitLine(
    (bar) => [
      ...position({ epoch, epochs, batch, batches }, bar),
      { text: formatSeconds(seconds), style: 'dim', rank: 1 },
      ...scores(train.loss, validation?.loss, validation ?? train),
      ...(best && validation ? [{ text: mark, style: 'green' as const }] : []),
    ],
    // All lines of a run leave room for the mark, so that their bars are of the same length.
    { ...look, columns: look.columns - (validation && !best ? mark.length + 2 : 0) },
  )
}

/** What was found, and the first thing to try. */
export function formatFinding(event: FindingEvent, look: Look = plain): string {
  const { check, severity, title, suggestions } = event
  const style = ({ fine: 'green', warning: 'yellow', problem: 'red' } as const)[severity]
  const advice = suggestions?.[0]?.title
  const rest = advice === undefined ? '' : `\n  try: ${advice}`
  // The last word of the doctor stands under its name; what it found on the way, under how bad it is.
  const head = check === 'doctor' ? check : severity
  return `${look.paint(style, head.padEnd(7))} ${title}${rest}`
}

/** The result, and where it lies; or how to go on with a run that was stopped. Empty for a failure: errors speak. */
export function formatEnd(event: EndEvent, look: Look = plain): string {
  if (event.outcome === 'failed') return ''
  if (event.outcome === 'interrupted')
    return `stopped after step ${event.steps}   go on: npx gradus train --resume ${shellWord(event.run)}`
  const parts = [look.paint('bold', testResult(event)), ...waitingNote(event), ...event.files]
  const line = parts.join('   ')
  return line.length < look.columns ? line : parts.join('\n  ')
}

/** What a person should know who could have trained faster. */
const waitingNote = ({ waiting = 0 }: EndEvent): string[] =>
  waiting < 0.02 ? [] : [`waited for data ${(waiting * 100).toFixed(0)}% of the time`]

function testResult({ testAccuracy, testLoss, testRmse, testR2, epochs }: EndEvent): string {
  if (testAccuracy !== undefined) return `test accuracy ${(testAccuracy * 100).toFixed(2)}%`
  if (testRmse !== undefined)
    return `test rmse ${formatNumber(testRmse)}${testR2 === undefined ? '' : `, r2 ${testR2.toFixed(4)}`}`
  if (testLoss !== undefined) return `test loss ${formatLoss(testLoss)}`
  return `finished after ${plural(epochs, 'epoch')}`
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of `width` characters that is full at 1. */
export function formatBar(fraction: number, width = 20): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8)
  return ('█'.repeat(filled >> 3) + eighths[filled & 7]!).padEnd(width, '░')
}

interface Position {
  readonly epoch: number
  readonly epochs: number
  readonly batch: number
  readonly batches: number
}

function position({ epoch, epochs, batch, batches }: Position, bar: number): Piece[] {
  return [
    { text: `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`, style: 'bold' },
    { text: formatBar(batch / batches, bar), style: 'cyan', rank: 4, tight: true },
    { text: `${String(batch).padStart(String(batches).length)}/${batches}`, rank: 5 },
  ]
}

type Measures = { readonly [M in 'accuracy' | 'rmse' | 'r2']?: Scores[M] | undefined }

function scores(loss: number, validation: number | undefined, { accuracy, rmse, r2 }: Measures): Piece[] {
  return [
    { text: `loss ${lossColumn(loss)}` },
    ...(validation === undefined ? [] : [{ text: `val ${lossColumn(validation)}` }]),
    ...(accuracy === undefined ? [] : [{ text: `acc ${(accuracy * 100).toFixed(1)}%` }]),
    ...(rmse === undefined ? [] : [{ text: `rmse ${formatNumber(rmse).padEnd(6)}` }]),
    ...(r2 === undefined ? [] : [{ text: `r2 ${r2.toFixed(3)}`, rank: 3 }]),
  ]
}

/** The line with the longest bar that leaves the last column free; with the shortest, pieces are left out as well. */
function fitLine(piecesOf: (bar: number) => readonly Piece[], { columns, paint }: Look): string {
  const candidates = [20, 12, 6].map((bar) => [...piecesOf(bar)])
  const pieces = candidates.find((found) => widthOf(found) < columns) ?? candidates.at(-1)!
  while (widthOf(pieces) >= columns) {
    const worst = pieces.reduce((a, b) => ((b.rank ?? 0) > (a.rank ?? 0) ? b : a))
    if (!worst.rank) break
    pieces.splice(pieces.indexOf(worst), 1)
  }
  return pieces
    .map((piece) => (piece.style ? paint(piece.style, piece.text) : piece.text) + gapAfter(piece))
    .join('')
    .trimEnd()
}

const gapAfter = ({ tight }: Piece): string => (tight ? ' ' : '  ')
const widthOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((total, piece) => total + piece.text.length + gapAfter(piece).length, -2)

/** As wide as a loss gets, as a rule: the columns of a run stand below each other. */
const lossColumn = (loss: number): string => formatLoss(loss).padEnd(6)

/** Three decimals in the usual range, more for small numbers. */
export function formatLoss(loss: number): string {
  const size = Math.abs(loss)
  if (!Number.isFinite(loss) || size === 0) return String(loss)
  return size < 0.001 || size >= 1e4 ? loss.toExponential(1) : loss.toFixed(size < 0.01 ? 4 : 3)
}

/** Four digits, for numbers of any size that are compared with one another: `0.01234`, `12.34`, `123,456`. */
export function formatNumber(value: number): string {
  const size = Math.abs(value)
  if (!Number.isFinite(value) || size === 0) return String(value)
  if (size >= 1e9 || size < 1e-4) return value.toExponential(3)
  return size >= 1000 ? count(Math.round(value)) : value.toPrecision(4)
}

/** `0.31 s`, `12.3 s`, `2 m 05 s`, `1 h 02 m`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const two = (n: number) => String(n).padStart(2, '0')
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${two(whole % 60)} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`
}

/** `28x28x1`: images as people say them, height, width, channels; other shapes as they are. */
function formatSample(shape: readonly number[]): string {
  const [channels, ...space] = shape
  return (shape.length === 3 ? [...space, channels] : shape).join('x')
}

const count = (n: number): string => n.toLocaleString('en-US')
const plural = (n: number, thing: string): string => `${count(n)} ${thing}${n === 1 ? '' : 's'}`

/** `1.1 M`, `23 k`: two digits are enough to compare models. */
function compact(n: number): string {
  const [unit, name] = n >= 1e9 ? [1e9, ' G'] : n >= 1e6 ? [1e6, ' M'] : n >= 1e3 ? [1e3, ' k'] : [1, '']
  const value = n / unit
  return `${value < 10 && unit > 1 ? value.toFixed(1) : Math.round(value)}${name}`
}
