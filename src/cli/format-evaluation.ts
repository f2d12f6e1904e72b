import type {
  ClassReport,
  Evaluation,
  NumberReport,
  Occasion,
  PrecisionRecall,
  RegressionScores,
  WorstSample,
} from '../train/index.ts'
import { alignedRows, grouped, table } from './table.ts'

/** Width that a table may have. */
const WIDTH = 100
/** Classes that are listed; of more, those that are told worst. */
const MOST_CLASSES = 30
const FEW = 5

type Classes = Occasion & ClassReport
type Numbers = Occasion & NumberReport

/**
 * An evaluation as a person reads it, in paragraphs.
 * @param isNew whether all of the data may be new to the network: a model without its run.
 */
export function formatEvaluation(
  evaluation: Evaluation,
  files: readonly string[] = [],
  isNew = false,
): string {
  const parts = evaluation.task === 'classification' ? classParts(evaluation) : numberParts(evaluation)
  const part = isNew && evaluation.drawn ? [drawnPart(evaluation.drawn)] : []
  const written = files.length > 0 ? [`written  ${files.join('  ')}`] : []
  return `${[...parts, ...part, ...written].join('\n\n')}\n`
}

/** That it was not all, and how it would be. */
const drawnPart = ({ share, seed }: NonNullable<Occasion['drawn']>) =>
  `part  nothing says which samples are to test on: ${percent(share)} of them were set apart at random (seed ${seed});\n` +
  '      if all are new to the network: --split all'

const classParts = (evaluation: Classes): string[] => [
  table([occasionRow(evaluation), ...classRows(evaluation)]),
  classTable(evaluation),
  ...(evaluation.confused.length > 0 ? [matrix(evaluation) ?? confusedPairs(evaluation)] : []),
  ...(evaluation.worst.length > 0 ? [worstSamples(evaluation.worst)] : []),
]

function occasionRow({ data, split, samples, tta, views, seconds }: Occasion): Row {
  const shown = views > 1 ? `, ${tta} (${views} views of each)` : ''
  return [data, `${split}, ${grouped(samples)} samples${shown}, ${seconds.toFixed(1)} s`]
}

type Row = readonly [name: string, content: string]

function classRows({ accuracy, interval, top5, loss, calibration, plain }: Classes): Row[] {
  const gain = plain?.accuracy === undefined ? '' : `; ${signed(accuracy - plain.accuracy)} by the views`
  const { error, confidence } = calibration
  const manner = confidence > accuracy ? 'too sure' : 'not sure enough'
  const rows: (Row | undefined)[] = [
    ['accuracy', `${exact(accuracy)}, 95% interval ${exact(interval[0])} to ${exact(interval[1])}${gain}`],
    top5 === undefined ? undefined : ['top 5', exact(top5)],
    ['loss', loss.toFixed(4)],
    [
      'calibration',
      `off by ${(error * 100).toFixed(1)} points: ${percent(confidence)} sure, ${percent(accuracy)} right` +
        (error > 0.02 ? `, ${manner}` : ''),
    ],
  ]
  return rows.filter((row) => row !== undefined)
}

/** `+0.52 points`. */
const signed = (share: number) => `${share < 0 ? '-' : '+'}${Math.abs(share * 100).toFixed(2)} points`
const exact = (share: number) => `${(share * 100).toFixed(2)}%`
const percent = (share: number | undefined) => (share === undefined ? '–' : `${(share * 100).toFixed(1)}%`)

function classTable({ classes, macro, weighted }: Classes): string {
  const all = classes.map((scores, c) => ({ ...scores, c }))
  const shown =
    classes.length <= MOST_CLASSES
      ? all
      : all.toSorted((a, b) => (a.f1 ?? 2) - (b.f1 ?? 2) || a.c - b.c).slice(0, MOST_CLASSES)
  const cells = ({ precision, recall, f1 }: Partial<PrecisionRecall>) => [precision, recall, f1].map(percent)
  const rows = [
    ['class', 'precision', 'recall', 'F1', 'samples'],
    ...shown.map((scores) => [scores.name, ...cells(scores), grouped(scores.support)]),
    ['mean', ...cells(macro), ''],
    ['weighted mean', ...cells(weighted), ''],
  ]
  const rest = classes.length - shown.length
  return [...alignedRows(rows), ...(rest > 0 ? [`the other ${rest} classes are told better`] : [])].join('\n')
}

/** The confusion matrix, if it is not too wide. */
function matrix({ classes, confusion }: Classes): string | undefined {
  const first = Math.max(...classes.map(({ name }) => name.length))
  const digits = Math.max(...confusion.flat().map((count) => String(count).length))
  const room = Math.floor((WIDTH - first) / classes.length) - 2
  if (room < Math.max(digits, 2)) return undefined
  const heads = classes.map(({ name }) => name.slice(0, Math.max(room, digits)))
  const rows = confusion.map((row, c) => [classes[c]!.name, ...row.map((n) => (n === 0 ? '·' : String(n)))])
  return ['rows: what it is; columns: what it is taken for', ...alignedRows([['', ...heads], ...rows])].join(
    '\n',
  )
}

function confusedPairs({ confused, classes }: Classes): string {
  const supports = new Map(classes.map(({ name, support }) => [name, support]))
  const rows = confused.map(({ label, predicted, count, share }) => [
    label,
    `as ${predicted}`,
    `${count} of ${grouped(supports.get(label)!)}`,
    percent(share),
  ])
  return ['taken for another most often', ...alignedRows(rows, 2)].join('\n')
}

function worstSamples(worst: readonly WorstSample[]): string {
  const rows = worst
    .slice(0, FEW)
    .map(({ sample, name, label, predicted, probability, confidence }) => [
      name ?? `#${sample}`,
      label,
      label === predicted ? 'seen as such' : `seen as ${predicted}`,
      percent(confidence),
      label === predicted ? '' : `${label} ${probability < 0.001 ? '<0.1%' : percent(probability)}`,
    ])
  return ['most surprising samples', ...alignedRows(rows, 3)].join('\n')
}

const numberParts = (evaluation: Numbers): string[] => [
  table([occasionRow(evaluation), ...numberRows(evaluation)]),
  ...(evaluation.targets.length > 1 ? [targetTable(evaluation)] : []),
  ...(evaluation.worst.length > 0 ? [worstNumbers(evaluation)] : []),
]

const figure = (value: number | undefined) =>
  value === undefined ? '–' : String(Number(value.toPrecision(4)))
const measures = ({ rmse, mae, r2, mse }: RegressionScores) => [rmse, mae, r2, mse].map(figure)

function numberRows({ rmse, mae, r2, mse, plain }: Numbers): Row[] {
  const gain = plain ? `, ${figure(plain.loss)} without the views` : ''
  return [
    ['RMSE', figure(rmse)],
    ['MAE', figure(mae)],
    ['R2', r2 === undefined ? '–, all numbers are the same' : figure(r2)],
    ['MSE', `${figure(mse)}${gain}`],
  ]
}

const targetTable = ({ targets }: Numbers): string =>
  alignedRows([
    ['target', 'RMSE', 'MAE', 'R2', 'MSE'],
    ...targets.map((scores) => [scores.name, ...measures(scores)]),
  ]).join('\n')

function worstNumbers({ worst }: Numbers): string {
  const rows = worst
    .slice(0, FEW)
    .map(({ sample, name, expected, predicted }) => [
      name ?? `#${sample}`,
      `is ${expected.map(figure).join(', ')}`,
      `seen as ${predicted.map(figure).join(', ')}`,
    ])
  return ['farthest off', ...alignedRows(rows, 3)].join('\n')
}
