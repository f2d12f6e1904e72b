import { type DataReport, describeData } from '../../doctor/index.ts'
import { writeSheets } from '../data-sheets.ts'
import { openSource } from '../plan.ts'
import { grouped, table } from '../table.ts'
import { wrap } from '../wrap.ts'

/** Where the second column begins: after the longest name and two spaces. */
const COLUMN = 12

export interface DataOptions {
  readonly data?: string
  readonly size?: number
  readonly label?: string
  readonly ignore?: readonly string[]
  readonly missing?: 'stop' | 'skip' | 'mean'
  readonly augment?: string
  readonly out?: string
  readonly seed?: number
  readonly json?: boolean
}

/** `gradus data WHAT`: what is in a data set, what is wrong with it, and pictures of it. */
export async function data(what: string, options: DataOptions): Promise<void> {
  const set = await openSource(what, { ...options, onBad: 'skip' })
  const report = await describeData(set)
  const sheets = options.out === undefined ? [] : await writeSheets(set, { ...options, out: options.out })
  const text = options.json ? JSON.stringify({ ...report, files: sheets }) : describe(report, sheets)
  process.stdout.write(`${text}\n`)
}

function describe(report: DataReport, sheets: readonly string[]): string {
  const rows: (readonly [string, string])[] = [
    ['name', report.name],
    ['samples', sizes(report)],
    ...classRows(report),
    ...targetRows(report),
    ...valueRows(report),
    ...featureRows(report),
    ['duplicates', duplicates(report)],
    ...labelRows(report),
    ...report.notices.map((notice) => ['note', notice] as const),
    ...sheets.map((path) => ['picture', path] as const),
  ]
  return table(rows)
}

function sizes({ splits, inputShape, classes, targets }: DataReport): string {
  const counts = splits.map(({ split, samples }) => `${grouped(samples)} ${split}`).join(' / ')
  const [c, h, w] = inputShape
  const shape = inputShape.length === 3 ? `${w}x${h}x${c}` : `${inputShape.join('x')} features`
  const task = classes ? `${classes.length} classes` : `${counted(targets!.length, 'number')} to predict`
  return `${counts}, ${shape}, ${task}`
}

/** The classes with their counts, the largest first where they differ; the middle of many is left out. */
function classRows({ classes }: DataReport): (readonly [string, string])[] {
  if (!classes) return []
  const shown = classes.length > 30 ? [...classes.slice(0, 20), ...classes.slice(-5)] : classes
  const text = shown
    .map(({ name, train, test }) => unbroken(`${name}: ${grouped(train)}/${grouped(test)}`))
    .join(', ')
  const rest = classes.length - shown.length
  const counts = classes.map(({ train }) => train)
  const [most, least] = [Math.max(...counts), Math.min(...counts)]
  const balance =
    most > 1.5 * least
      ? [
          [
            'balance',
            `the largest class has ${(most / Math.max(1, least)).toFixed(1)} times as many as the smallest`,
          ] as const,
        ]
      : []
  return [['classes', wrapped(rest > 0 ? `${text} (${rest} more in between)` : text)], ...balance]
}

const targetRows = ({ targets = [] }: DataReport): (readonly [string, string])[] =>
  targets.map(({ name, mean, std, min, max }) => [
    'predict',
    `${name}: mean ${short(mean)}, std ${short(std)}, ${short(min)} to ${short(max)}`,
  ])

function valueRows({ channels }: DataReport): (readonly [string, string])[] {
  if (!channels) return []
  const list = (key: 'mean' | 'std') => channels.map((channel) => short(channel[key])).join(' ')
  const [min, max] = [
    Math.min(...channels.map((channel) => channel.min)),
    Math.max(...channels.map((channel) => channel.max)),
  ]
  return [['values', `mean ${list('mean')}   std ${list('std')}   from ${short(min)} to ${short(max)}`]]
}

function featureRows({ nearConstant, inputShape }: DataReport): (readonly [string, string])[] {
  if (inputShape.length !== 1) return []
  if (nearConstant.length === 0) return [['features', 'all of them vary']]
  const shown = nearConstant
    .slice(0, 10)
    .map(({ feature, name, value, share }) =>
      unbroken(`${name ?? feature} (${short(value)} in ${percent(share)})`),
    )
  const more = nearConstant.length > shown.length ? ` and ${nearConstant.length - shown.length} more` : ''
  const from = nearConstant[0]!.name === undefined ? '; the first is 0' : ''
  return [['features', wrapped(`nearly constant: ${shown.join(', ')}${more}${from}`)]]
}

function duplicates({ duplicates: found }: DataReport): string {
  const { train, test, acrossSplits, examples, contradicting, contradictions } = found
  if (train + test + acrossSplits === 0) return 'none'
  const parts = [
    ...(train > 0 ? [`${grouped(train)} of the training samples ${isOrAre(train)} there already`] : []),
    ...(test > 0 ? [`${grouped(test)} of the test samples ${isOrAre(test)} there already`] : []),
    ...(acrossSplits > 0
      ? [
          `${grouped(acrossSplits)} of the test samples ${isOrAre(acrossSplits)} also to train on: leave them on one side`,
        ]
      : []),
  ]
  if (contradicting > 0)
    parts.push(`${counted(contradicting, 'pair')} of equal samples with different labels`)
  const [first] = contradictions.length > 0 ? contradictions : examples
  const [a, b] = first!.map(({ split, sample, name }) => unbroken(name ?? `${split} ${sample}`))
  return wrapped(`${parts.join('; ')}; such as ${a} and ${b}`)
}

const isOrAre = (count: number) => (count === 1 ? 'is' : 'are')
const counted = (count: number, thing: string) => `${grouped(count)} ${thing}${count === 1 ? '' : 's'}`

function labelRows({ labels }: DataReport): (readonly [string, string])[] {
  if (!labels) return []
  const { looked, agreement, suspicious, count } = labels
  const base = `the neighbors of ${grouped(looked)} samples have the same label in ${percent(agreement)}`
  if (count === 0) {
    const why = agreement < 0.8 ? ': too seldom to doubt a label by them' : '; none is doubtful'
    return [['labels', `${base}${why}`]]
  }
  const list = suspicious
    .slice(0, 8)
    .map(({ sample, name, label, neighbors }) => unbroken(`${name ?? sample} (${label}, amid ${neighbors})`))
    .join(', ')
  return [['labels', wrapped(`${base}; worth a second look: ${count}, such as ${list}`)]]
}

/** Long lines go on below their column. */
const wrapped = (text: string) =>
  wrap(text, 100)
    .join(`\n${' '.repeat(COLUMN)}`)
    .replaceAll(TIED, ' ')
/** What a line must not be broken within. */
const unbroken = (text: string) => text.replaceAll(' ', TIED)
const TIED = '\u00a0'
const percent = (share: number) => `${(share * 100).toFixed(1)}%`
const short = (value: number) => Number(value.toPrecision(4)).toString()
