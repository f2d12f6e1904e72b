import Papa from 'papaparse'
import { ensure, GradusError } from '../../core/index.ts'
import { countLines } from './text-pieces.ts'

/** A record of a delimited file: its fields, and the line that it starts on (the first is 1). */
export interface Row {
  readonly cells: readonly string[]
  readonly line: number
}

const DELIMITERS = [',', '\t', ';', '|'] as const

/** A longer record is a quote that is not closed. */
const MAX_RECORD = 4 * 2 ** 20

/**
 * The records of delimited text (RFC 4180: fields may be quoted, quotes in them doubled, and hold delimiters and line
 * ends), some at a time. Blank lines are left out.
 * @param pieces of text, with lines that end in `\n`.
 * @param delimiter one character; sniffed from the first piece if it is undefined.
 * @throws if a quote is not closed, or closed before its field ends.
 */
export async function* delimitedRows(
  pieces: AsyncIterable<string>,
  delimiter: string | undefined,
  where: string,
): AsyncGenerator<readonly Row[], void, undefined> {
  let parser: Papa.Parser | undefined
  let rest = ''
  let line = 1
  for await (const piece of pieces) {
    rest += piece
    // The first piece may hold no more than a byte order mark.
    if (rest === '') continue
    parser ??= new Papa.Parser({ delimiter: delimiter ?? sniffDelimiter(rest) })
    const part = parsePart(parser, rest, { line, isLast: false, where })
    rest = rest.slice(part.end)
    line = part.line
    ensure(
      rest.length < MAX_RECORD,
      `${where}, line ${line}: expected a record, found one of more than ${MAX_RECORD / 2 ** 20} MiB`,
      'a quote (") may be open there that is closed nowhere',
    )
    yield part.rows
  }
  if (parser && rest !== '') yield parsePart(parser, rest, { line, isLast: true, where }).rows
}

interface At {
  readonly line: number
  readonly isLast: boolean
  readonly where: string
}

/** What Papa Parse's parser gives; its types leave it open. */
interface Parsed {
  readonly data: readonly (readonly string[])[]
  readonly errors: readonly { readonly code: string; readonly row: number }[]
  readonly meta: { readonly cursor: number }
}

function parsePart(parser: Papa.Parser, text: string, { line, isLast, where }: At) {
  const { data, errors, meta }: Parsed = parser.parse(text, 0, !isLast)
  const quoted = text.includes('"')
  const rows: Row[] = []
  // Of several faults of a record, the first is the cause.
  const faults = new Map(errors.map(({ row, code }) => [row, code] as const).reverse())
  let next = line
  for (let i = 0; i < data.length; i++) {
    const cells = data[i]!
    // A record that is not whole yet is looked at again with the next piece.
    const fault = faults.get(i)
    if (fault) throw quoteError(`${where}, line ${next}`, fault)
    if (cells.length > 1 || cells[0] !== '') rows.push({ cells, line: next })
    next += 1
    if (quoted) for (const cell of cells) if (cell.includes('\n')) next += countLines(cell)
  }
  return { rows, line: next, end: meta.cursor }
}

const quoteError = (where: string, code: string) =>
  new GradusError(
    code === 'MissingQuotes'
      ? `${where}: expected a quoted field to end in ", found the end of the text`
      : `${where}: expected a delimiter after the " that ends a quoted field, found other text`,
    ['a quote inside a quoted field is written twice: "so ""called"" quotes"'],
  )

/**
 * The delimiter of delimited text: the one with which the first records have most often the same number of fields (more
 * than one), and then most fields. A comma if there is none: a table of one column.
 */
export function sniffDelimiter(text: string): string {
  const start = text.slice(0, 2 ** 16)
  const isWhole = start.length === text.length
  let best: { delimiter: string; agreed: number; width: number } = { delimiter: ',', agreed: 0, width: 1 }
  for (const delimiter of DELIMITERS) {
    const { data }: Parsed = new Papa.Parser({ delimiter, preview: 100 }).parse(start, 0, !isWhole)
    const widths = data.filter((cells) => cells.length > 1 || cells[0] !== '').map((cells) => cells.length)
    const width = commonest(widths)
    if (width < 2) continue
    const agreed = widths.filter((other) => other === width).length / widths.length
    if (agreed > best.agreed || (agreed === best.agreed && width > best.width)) {
      best = { delimiter, agreed, width }
    }
  }
  return best.delimiter
}

function commonest(values: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0
}
