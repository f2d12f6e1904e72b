import { formatBatch } from './expect.ts'
import type { LayerSummary, Summary } from './summary.ts'

const columns = ['layer', 'type', 'output', 'parameters', 'decayed', 'multiply-adds'] as const

/**
 * A {@link Summary} as a table, at most 100 columns wide for usual models:
 * ```
 * layer  type     output          parameters  decayed  multiply-adds
 * ──────────────────────────────────────────────────────────────────
 * input           [N, 1, 28, 28]
 * 0      flatten  [N, 784]
 * 1      linear   [N, 512]           401,920  401,408        401,408
 * 2      relu     [N, 512]
 * 3      linear   [N, 10]              5,130    5,120          5,120
 * ──────────────────────────────────────────────────────────────────
 * total                              407,050  406,528        406,528
 * ```
 */
export function formatSummary(summary: Summary): string {
  const rows = [
    ['input', '', formatBatch([1, ...summary.inputShape]), '', '', ''],
    ...summary.layers.map(cells),
  ]
  const total = ['total', '', '', ...counts(summary)]
  const widths = columns.map((_, i) => Math.max(...[columns, ...rows, total].map((row) => row[i]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i < 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd()
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2))
  return [line(columns), rule, ...rows.map(line), rule, line(total)].join('\n')
}

const cells = (layer: LayerSummary): readonly string[] => [
  layer.path || '(model)',
  layer.type,
  formatBatch(layer.output),
  ...counts(layer).map((count) => (count === '0' ? '' : count)),
]

const counts = (row: Pick<LayerSummary, 'parameters' | 'decayed' | 'multiplyAdds'>): readonly string[] =>
  [row.parameters, row.decayed, row.multiplyAdds].map((n) => n.toLocaleString('en-US'))
