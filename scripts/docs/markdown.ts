/** A table in Markdown. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}

/** What would end a cell, or be read as HTML. */
const escaped = (cell: string) => cell.replace(/\|/g, '\\|').replace(/</g, '&lt;')

export const code = (text: string) => `\`${text}\``
