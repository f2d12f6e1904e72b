/** Rows of a name and what belongs to it, the second column below itself. */
export function table(rows: readonly (readonly [name: string, content: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, content]) => `${name.padEnd(width)}  ${content}`.trimEnd()).join('\n')
}

/** 60000 as `60,000`. */
export const grouped = (n: number): string => n.toLocaleString('en-US')
