import { describe, expect, it } from 'vitest'
import { formatTable } from '../../bench/table.ts'

describe('formatTable', () => {
  it('aligns names to the left and numbers to the right, and shows what is missing', () => {
    const table = formatTable(
      ['model', 'ms', 'torch ms'],
      [
        ['mlp', 6.25, null],
        ['resnet18', 3456.78, 2000],
      ],
    )
    expect(table.split('\n')).toEqual([
      'model        ms  torch ms',
      'mlp        6.25         -',
      'resnet18  3,457     2,000',
    ])
  })

  it('shows text as it is', () => {
    expect(formatTable(['a', 'ratio'], [['x', '1.00']])).toBe('a  ratio\nx   1.00')
  })
})
