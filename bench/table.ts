/** What a cell shows; null where there is nothing to show. */
export type Cell = string | number | null

/** Rows under their headings, the first column flush left and the others flush right. */
export function formatTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [headings, ...rows.map((row) => row.map(formatCell))]
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
}

const formatCell = (cell: Cell): string => {
  if (cell === null) return '-'
  return typeof cell === 'number' ? cell.toLocaleString('en-US', { maximumSignificantDigits: 4 }) : cell
}
