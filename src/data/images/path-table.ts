import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import papaparse from 'papaparse'
import { GradusError } from '../../core/index.ts'
import { readBytes } from '../files.ts'
import type { Scan } from './scan.ts'

const PATHS = ['path', 'file', 'filename', 'file_name', 'image', 'image_path', 'id']
const LABELS = ['label', 'class', 'category', 'target', 'labels']

/**
 * The pictures of each class by a CSV file with a header: a column `path` (or `file`, `filename`, `image`), relative to the
 * folder, and a column `label` (or `class`, `category`, `target`).
 * @param table its path, relative to the folder.
 * @throws naming the line: a column is missing, a line has no label, or its picture is not there.
 */
export async function readPathTable(root: string, table: string): Promise<Scan> {
  const file = isAbsolute(table) ? table : join(root, table)
  const text = new TextDecoder().decode(await readBytes(file)).replace(/^\uFEFF/, '')
  const { data: rows } = papaparse.parse<string[]>(text, { skipEmptyLines: 'greedy' })
  const [header = [], ...lines] = rows
  const [path, label] = [columnOf(file, header, PATHS), columnOf(file, header, LABELS)]
  const classes = new Map<string, string[]>()
  lines.forEach((fields, i) => {
    const [picture = '', name = ''] = [fields[path]?.trim(), fields[label]?.trim()]
    const where = `${file}, line ${i + 2}`
    if (picture === '' || name === '')
      throw new GradusError(
        `${where}: expected a path and a label, found ${JSON.stringify(fields.join(','))}`,
      )
    const found = resolve(root, picture)
    if (!existsSync(found)) throw new GradusError(`${where}: no picture "${picture}" in "${root}"`)
    const known = classes.get(name)
    if (known) known.push(found)
    else classes.set(name, [found])
  })
  if (classes.size === 0) throw new GradusError(`${file}: expected lines of paths and labels, found none`)
  const sorted = [...classes].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  return { classes: new Map(sorted), others: 0 }
}

function columnOf(file: string, header: readonly string[], names: readonly string[]): number {
  const column = header.findIndex((name) => names.includes(name.trim().toLowerCase()))
  if (column >= 0) return column
  throw new GradusError(`${file}: expected a column "${names[0]}", found ${header.join(', ') || 'nothing'}`, [
    `it may also be called ${names.slice(1).join(', ')}`,
  ])
}
