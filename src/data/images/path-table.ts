import { statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { ensure, GradusError } from '../../core/index.ts'
import { delimitedRows, type Row } from '../readers/delimited.ts'
import { textPieces } from '../readers/text-pieces.ts'
import type { Scan } from './scan.ts'

const PATHS = ['path', 'file', 'filename', 'file_name', 'image', 'image_path', 'id']
const LABELS = ['label', 'class', 'category', 'target', 'labels']
const ENDINGS = ['.jpg', '.jpeg', '.png', '.webp']

/**
 * The pictures of each class by a CSV or TSV file with a header: a column `path` (or `file`, `filename`, `image`), relative to the
 * folder, and a column `label` (or `class`, `category`, `target`; or any other, if there are just the two).
 * @param table its path, relative to the folder.
 * @throws naming the line: a column is missing, a line has no label or other fields than the header, its picture is not there or
 *   was there already.
 */
export async function readPathTable(root: string, table: string): Promise<Scan> {
  const file = isAbsolute(table) ? table : join(root, table)
  const classes = new Map<string, string[]>()
  const lines = new Map<string, number>()
  let columns: Columns | undefined
  for await (const rows of delimitedRows(textPieces(file), undefined, file)) {
    for (const row of rows) {
      if (columns) addPicture(row, columns, { root, file, classes, lines })
      else columns = columnsOf(file, row.cells)
    }
  }
  ensure(classes.size > 0, `${file}: expected lines of paths and labels, found none`)
  const sorted = [...classes].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  return { classes: new Map(sorted), others: new Map(), loose: 0 }
}

interface Columns {
  readonly path: number
  readonly label: number
  readonly count: number
}

interface Reading {
  readonly root: string
  readonly file: string
  readonly classes: Map<string, string[]>
  /** The line of each picture. */
  readonly lines: Map<string, number>
}

function addPicture({ cells, line }: Row, columns: Columns, { root, file, classes, lines }: Reading): void {
  const where = `${file}, line ${line}`
  const [picture = '', name = ''] = [cells[columns.path]?.trim(), cells[columns.label]?.trim()]
  ensure(
    cells.length === columns.count,
    `${where}: expected ${columns.count} fields, as many as the header names, found ${cells.length}`,
    'put a field that holds the delimiter between quotes',
  )
  ensure(
    picture !== '' && name !== '',
    `${where}: expected a path and a label, found ${JSON.stringify(cells.join(','))}`,
  )
  const path = resolve(root, picture)
  expectPicture(path, `${where}: no picture ${JSON.stringify(picture)} in "${root}"`)
  const before = lines.get(path)
  ensure(
    before === undefined,
    `${where}: expected each picture once, found ${JSON.stringify(picture)} again, which is in line ${before}`,
    'take one of the lines out: a picture has one label',
  )
  lines.set(path, line)
  const known = classes.get(name)
  if (known) known.push(path)
  else classes.set(name, [path])
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    // Nothing is there, or such a name cannot be.
    return false
  }
}

function expectPicture(path: string, message: string): void {
  if (isFile(path)) return
  const ending = ENDINGS.find((ending) => isFile(`${path}${ending}`))
  throw new GradusError(message, ending ? [`paths need their ending: there is one with ${ending}`] : [])
}

function columnsOf(file: string, header: readonly string[]): Columns {
  const called = (names: readonly string[]) =>
    header.findIndex((name) => names.includes(name.trim().toLowerCase()))
  const path = called(PATHS)
  expectColumn(path, PATHS, file, header)
  const label = header.length === 2 ? 1 - path : called(LABELS)
  expectColumn(label, LABELS, file, header)
  return { path, label, count: header.length }
}

function expectColumn(column: number, names: readonly string[], file: string, header: readonly string[]) {
  ensure(
    column >= 0,
    `${file}: expected a column "${names[0]}", found ${header.join(', ') || 'nothing'}`,
    `it may also be called ${names.slice(1).join(', ')}; the first line names the columns`,
  )
}
