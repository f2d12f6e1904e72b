/** Rows of a name and what belongs to it, the second column below itself. */
export function table(rows: readonly (readonly [name: string, content: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, content]) => `${name.padEnd(width)}  ${content}`.trimEnd()).join('\n')
}

/** 60000 as `60,000`. */
export const grouped = (n: number): string => n.toLocaleString('en-US')

/** Rows of as many cells each, one below the other: the first `left` columns begin together, the others end together. */
export function alignedRows(rows: readonly (readonly string[])[], left = 1): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, i) => (i < left ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
}
