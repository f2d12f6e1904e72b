import { ensure } from '../../core/index.ts'
import { categoryBuilder, MAX_FLOAT32 } from './column-builders.ts'
import type { ParquetSource } from './parquet-source.ts'
import type { ParquetCells } from './parquet-thread.ts'
import type { CategoricalColumn, Column, ColumnKind } from './table.ts'

export interface ColumnChoice {
  /** How a person wants it read. */
  readonly asked: ColumnKind | undefined
  /** The names of the classes that its whole numbers stand for. */
  readonly classes: readonly string[] | undefined
}

/**
 * Reads a column as numbers or categories.
 * @throws on texts where numbers are asked for, infinite numbers and those beyond float32, and a class without a name.
 */
export async function readColumn(
  file: ParquetSource,
  name: string,
  { asked, classes }: ColumnChoice,
): Promise<Column> {
  const isNumeric = file.columns.some((column) => column.name === name && column.kind === 'number')
  if (isNumeric && classes) return readClasses(file, name, classes)
  if (isNumeric && asked !== 'categorical')
    return { name, kind: 'numeric', values: await readNumbers(file, name) }
  ensure(
    asked !== 'numeric',
    `${file.path}: expected numbers in column "${name}", found another type`,
    'write it as a column of numbers, or leave columns out of the options',
  )
  const builder = categoryBuilder(name)
  for await (const cells of file.cellsOf(name)) {
    textsOf(cells).forEach((text, i) => {
      builder.add(text, cells.row + i)
    })
  }
  return builder.finish()
}

/** The numbers of a column, [rows]; NaN where one is missing. */
export async function readNumbers(file: ParquetSource, name: string): Promise<Float64Array> {
  const values = new Float64Array(file.rows)
  for await (const { numbers, row } of file.cellsOf(name)) {
    ensure(numbers, `${file.path}: expected numbers in column "${name}", found something else`)
    const wrong = numbers.findIndex((value) => Math.abs(value) > MAX_FLOAT32)
    ensure(
      wrong < 0,
      `${file.placeOf(row + wrong)}, column "${name}": expected a number within float32, found ${numbers[wrong]}`,
    )
    values.set(numbers, row)
  }
  return values
}

async function readClasses(
  file: ParquetSource,
  name: string,
  classes: readonly string[],
): Promise<CategoricalColumn> {
  const values = await readNumbers(file, name)
  // -1 is what the library of Hugging Face writes where there is no label.
  const isClass = (value: number) =>
    value === -1 || (Number.isInteger(value) && value >= 0 && value < classes.length)
  const wrong = values.findIndex((value) => !isClass(value) && !Number.isNaN(value))
  ensure(
    wrong < 0,
    `${file.placeOf(wrong)}, column "${name}": expected a class 0 .. ${classes.length - 1}, found ${values[wrong]}`,
  )
  const codes = Int32Array.from(values, (value) => (Number.isNaN(value) ? -1 : value))
  return { name, kind: 'categorical', codes, categories: classes }
}

/** Cells as texts; undefined where there is none. */
function textsOf({ numbers, texts, bytes }: ParquetCells): (string | undefined)[] {
  if (numbers) return Array.from(numbers, (value) => (Number.isNaN(value) ? undefined : String(value)))
  if (texts) return texts.map((text) => text ?? undefined)
  const decoder = new TextDecoder()
  return bytes!.map((cell) => (cell ? decoder.decode(cell) : undefined))
}
