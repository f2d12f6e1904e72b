import { ensure, GradusError } from '../../core/index.ts'
import { type ClassificationData, makeSplit, type RegressionData } from '../dataset.ts'
import { grouped } from '../files.ts'
import { splitDataset } from '../splits.ts'
import {
  checkClasses,
  expectPairs,
  type Learned,
  learnNumbers,
  type SplitChoice,
  type Task,
} from './labels.ts'
import {
  type Column,
  type ColumnKey,
  type ColumnKinds,
  columnName,
  filterRows,
  isMissing,
  missingOf,
  type Table,
} from './table.ts'
import { encodeRows, type Feature, type FeatureColumn, fillMeans, rangeOf } from './table-features.ts'
import { layoutOf, type TableLayout } from './table-layout.ts'

export interface TableOptions {
  /** The column to learn: its name, or its number (the first is 0, the last -1). Several make a regression. */
  label: ColumnKey | readonly ColumnKey[]
  /** Default: classes for texts and for at most 20 different whole numbers; regression otherwise. */
  task?: Task
  /**
   * What to do about missing values: fail (`error`, the default), leave their rows out (`drop`), or put the mean of the
   * training rows in their place and give categories one more for them (`mean`). Rows without a label are errors unless
   * dropped.
   */
  missing?: 'error' | 'drop' | 'mean'
  /** How a column is read, by its name (default: as its values suggest). */
  columns?: ColumnKinds
  /** The test rows; rows with the same value in the column `group` (a person, a day) stay on the same side. */
  split?: SplitChoice & { group?: ColumnKey }
}

/** A data set from a table: samples are rows, float32 [features]. */
export type TableData = (ClassificationData<Float32Array> | RegressionData<Float32Array>) & {
  /** What each input is, in order. */
  readonly features: readonly Feature[]
  readonly layout: TableLayout
  /** What a person should know: values that were missing, columns left out, how the label was taken. */
  readonly notices: readonly string[]
}

/** A column of more different texts than this tells rows apart, rather than what they are like. */
const MAX_CATEGORIES = 100

/** What the columns of a table are for. */
interface Roles {
  readonly features: readonly Column[]
  readonly labels: readonly Column[]
  readonly group: Column | undefined
  /** Names of the columns that are for nothing, the group's among them. */
  readonly unused: readonly string[]
}

/**
 * A data set from the columns of a table: see {@link TableOptions}.
 * @throws if there is no such column, a value is missing, a column has too many categories, or the label is no use.
 */
export function tableDataset(table: Table, options: TableOptions): TableData {
  const notices = [...table.notices]
  const roles = rolesOf(table, options, notices)
  expectFew(roles.features, table.name)
  const used = [...roles.labels, ...(roles.group ? [roles.group] : []), ...roles.features]
  const whole = withoutMissing({ ...table, columns: used }, roles, options.missing ?? 'error', notices)
  const labelCount = roles.labels.length
  const labels = whole.columns.slice(0, labelCount)
  const group = roles.group && whole.columns[labelCount]
  const features = whole.columns.slice(labelCount + (group ? 1 : 0)) as FeatureColumn[]
  const learned = learn(labels, table.name, options.task, notices)
  const { split, missing } = options
  const others = { labels: roles.labels.map(({ name }) => name), unused: [...table.ignored, ...roles.unused] }
  return assemble(whole, features, learned, { split, group, notices, others, fillAll: missing === 'mean' })
}

interface Rest {
  readonly split: SplitChoice | undefined
  readonly group: Column | undefined
  readonly notices: readonly string[]
  readonly others: Pick<TableLayout, 'labels' | 'unused'>
  /** Whether all numbers get something that stands in for a missing one, and not only those that lack some. */
  readonly fillAll: boolean
}

function assemble(
  { name, rows, placeOf, testFrom, nameOf = (row) => placeOf(row).replace(/^.*, /s, '') }: Table,
  columns: readonly FeatureColumn[],
  learned: Learned,
  { split = {}, group, notices, others, fillAll }: Rest,
): TableData {
  if (!group && testFrom === undefined) expectPairs(learned, name)
  const { features, inputs } = encodeRows(columns, rows)
  const groups = group ? { groups: codesOf(group) } : {}
  const { test, seed } = split
  const common = { name, test, seed, testFrom, inputRange: [0, 1] } as const
  const samplesOf = <L extends Int32Array | Float32Array>(labels: L) => ({
    ...makeSplit(inputs, labels, [features.length], name, rows),
    ...groups,
    nameOf,
  })
  const data =
    'classes' in learned
      ? splitDataset({ ...common, samples: samplesOf(learned.labels), classes: learned.classes })
      : splitDataset({ ...common, samples: samplesOf(learned.labels), targets: learned.targets })
  // Only now is it known which rows are trained on: the means are theirs alone.
  const filled = fillMeans(features, data.train.inputs, data.test.inputs, fillAll)
  const layout = layoutOf(filled, others)
  return { ...data, inputRange: rangeOf(data.train.inputs), features: filled, layout, notices }
}

function rolesOf(table: Table, options: TableOptions, notices: string[]): Roles {
  const { name: where, columns } = table
  const names = columns.map(({ name }) => name)
  const find = (key: ColumnKey) => columns[names.indexOf(columnName(names, key, where))]!
  const keys = [options.label].flat() as readonly ColumnKey[]
  ensure(
    options.label !== undefined,
    `${where}: expected the column to learn, such as label: '${names.at(-1)}' (--label ${names.at(-1)})`,
    `columns: ${names.join(', ')}`,
  )
  const labels = keys.map(find)
  ensure(
    labels.length > 0 && new Set(labels).size === labels.length,
    `${where}: expected different columns to learn, got ${JSON.stringify(keys)}`,
  )
  const groupKey = options.split?.group
  const group = groupKey === undefined ? undefined : find(groupKey)
  ensure(
    !group || !labels.includes(group),
    `${where}: column "${group?.name}" is both the label and the group`,
  )
  ensure(
    !group || table.testFrom === undefined,
    `${where}: expected no group, since the files say which rows are to test on`,
  )
  const candidates = columns.filter((column) => column !== group && !labels.includes(column))
  const features = candidates.filter((column) => {
    const useless = options.columns?.[column.name] === undefined ? uselessness(column, table) : undefined
    if (useless) notices.push(`column "${column.name}" is left out: ${useless}`)
    return !useless
  })
  ensure(
    features.length > 0,
    `${where}: expected columns to learn from besides the label, found none`,
    ...notices,
  )
  const unused = columns.filter((column) => !features.includes(column) && !labels.includes(column))
  return { features, labels, group, unused: unused.map(({ name }) => name) }
}

/** Why a column is left out that nobody has spoken of; undefined if it is not. */
function uselessness(column: Column, { rows, testFrom }: Table): string | undefined {
  const texts = manyTexts(column)
  if (texts) return `it has ${texts} different texts, which tell rows apart and not what they are like`
  if (missingOf(column, rows).count === rows) return 'it has no values'
  if (column.kind !== 'numeric' || rows < 10) return undefined
  const first = column.values[0]!
  // Those to test on may be numbered anew.
  const trained = column.values.subarray(0, testFrom)
  const counts = (first === 0 || first === 1) && trained.every((value, row) => value === first + row)
  return counts
    ? `it numbers the rows (columns: { ${JSON.stringify(column.name)}: 'numeric' } keeps it)`
    : undefined
}

/** How many texts a column has, if they are so many that they are no categories. */
function manyTexts(column: Column): string | undefined {
  if (column.kind === 'text') return 'over 1,000,000'
  const isMany = column.kind === 'categorical' && column.categories.length > MAX_CATEGORIES
  return isMany ? grouped(column.categories.length) : undefined
}

/** Fails if a column that a person wants is none of categories; names all such columns at once. */
function expectFew(features: readonly Column[], where: string): void {
  const many = features.flatMap((column) => {
    const count = manyTexts(column)
    return count ? [{ name: column.name, count }] : []
  })
  if (many.length === 0) return
  const listed = many.map(({ name, count }) => `"${name}" (${count})`).join(', ')
  const ignored = many.map(({ name }) => `${JSON.stringify(name)}: 'ignore'`).join(', ')
  throw new GradusError(
    `${where}: expected at most ${MAX_CATEGORIES} different texts in a column to learn from, found more in ${listed}`,
    [`leave such columns out: columns: { ${ignored} }`],
  )
}

/** What to do about a test part whose labels nobody is to know. */
export const UNLABELED =
  'labels are missing in the test part, as of a competition: take its files away, and others are set apart to test on'

/** Applies the policy for missing values; those of numbers stay NaN under `mean`. */
function withoutMissing(
  table: Table,
  roles: Roles,
  policy: 'error' | 'drop' | 'mean',
  notices: string[],
): Table {
  const { name: where, columns, rows } = table
  ensure(
    ['error', 'drop', 'mean'].includes(policy),
    `${where}: expected missing: 'error', 'drop' or 'mean', got ${JSON.stringify(policy)}`,
  )
  const lacking = columns
    .map((column) => ({ column, ...missingOf(column, rows) }))
    .filter(({ count }) => count > 0)
  if (lacking.length === 0) return table
  const fillable = new Set(policy === 'mean' ? roles.features : [])
  const wrong = lacking.filter(({ column }) => !fillable.has(column))
  const list = lacking.map(({ column, count }) => `"${column.name}" (${count})`).join(', ')
  if (policy === 'drop') {
    const kept = filterRows(table, (row) => !columns.some((column) => isMissing(column, row)))
    notices.push(`${rows - kept.rows} of ${rows} rows are left out, which lack values of ${list}`)
    ensure(kept.rows > 0, `${where}: expected rows without missing values, found none`, `missing: ${list}`)
    return kept
  }
  if (wrong.length > 0) {
    const { column, first } = wrong[0]!
    throw new GradusError(`${table.placeOf(first)}, column "${column.name}": expected a value, found none`, [
      `values are missing in ${list}`,
      ...(roles.labels.includes(column) && first >= (table.testFrom ?? rows) ? [UNLABELED] : []),
      roles.labels.includes(column)
        ? "leave rows out that lack values, such as the label: missing: 'drop' (--missing skip)"
        : "leave such rows out with missing: 'drop' (--missing skip), or fill in the mean with missing: 'mean' (--missing mean)",
    ])
  }
  notices.push(`missing values of ${list} are filled in`)
  return table
}

/** What columns without missing values say is to be learned. */
export function learn(
  labels: readonly Column[],
  where: string,
  task: Task | undefined,
  notices: string[],
): Learned {
  ensure(
    task === undefined || task === 'classification' || task === 'regression',
    `${where}: expected task 'classification' or 'regression', got ${JSON.stringify(task)}`,
  )
  const [label] = labels as [Column]
  const numbers = labels.map((column) => {
    if (column.kind === 'numeric') return column.values
    ensure(
      labels.length === 1 && task !== 'regression',
      `${where}: expected numbers to predict, found texts in column "${column.name}"`,
      "texts are learned alone, as classes: task: 'classification'",
    )
    return undefined
  })
  if (label.kind === 'text') {
    throw new GradusError(
      `${where}: expected classes, found over 1,000,000 different texts in "${label.name}"`,
    )
  }
  if (label.kind === 'categorical') return checkClasses(label.codes, label.categories, where)
  if (labels.length === 1) return learnNumbers(label.values, { name: label.name, where, task, notices })
  ensure(task !== 'classification', `${where}: expected one label of classes, got ${labels.length} columns`)
  const rows = label.values.length
  const values = new Float32Array(rows * labels.length)
  numbers.forEach((column, c) => {
    for (let row = 0; row < rows; row++) values[row * labels.length + c] = column![row]!
  })
  return { labels: values, targets: labels.map(({ name }) => name) }
}

/** A number for each value of a column, the same for the same. */
function codesOf(column: Column): Int32Array {
  if (column.kind === 'categorical') return column.codes
  ensure(column.kind === 'numeric', `column "${column.name}": expected groups, found over 1,000,000 texts`)
  const codes = new Map<number, number>()
  return Int32Array.from(column.values, (value) => {
    if (!codes.has(value)) codes.set(value, codes.size)
    return codes.get(value)!
  })
}
