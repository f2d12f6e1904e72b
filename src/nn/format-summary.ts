import { formatBatch } from './expect.ts'
import type { LayerSummary, Summary } from './summary.ts'

const columns = ['layer', 'type', 'output', 'parameters', 'decayed', 'multiply-adds'] as const

/**
 * A {@link Summary} as a table, at most 100 columns wide for usual models:
 * ```
 * layer  type         output        parameters  decayed  multiply-adds
 * ────────────────────────────────────────────────────────────────────
 * 0      flatten      [N, 784]
 * 1      linear       [N, 512]         401,920  401,408        401,408
 * 2      relu         [N, 512]
 * 3      linear       [N, 10]            5,130    5,120          5,120
 * ────────────────────────────────────────────────────────────────────
 * input  [N, 1, 28, 28]                407,050  406,528        406,528
 * ```
 */
export function formatSummary(summary: Summary): string {
  const rows = summary.layers.map(cellsOf)
  const totals = ['', '', '', ...[summary.parameters, summary.decayed, summary.multiplyAdds].map(thousands)]
  const widths = columns.map((title, i) =>
    Math.max(...[title, totals[i]!, ...rows.map((row) => row[i]!)].map((cell) => cell.length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i < 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd()
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2))
  const label = `input ${formatBatch([1, ...summary.inputShape])}`
  const last = label + line(totals).slice(label.length)
  return [line(columns), rule, ...rows.map(line), rule, last].join('\n')
}

const cellsOf = (layer: LayerSummary): readonly string[] => [
  layer.path || '(model)',
  layer.type,
  formatBatch(layer.output),
  ...[layer.parameters, layer.decayed, layer.multiplyAdds].map((n) => (n === 0 ? '' : thousands(n))),
]

const thousands = (n: number) => n.toLocaleString('en-US')
