import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { pages } from '../scripts/docs/pages.ts'
import { operators } from '../src/ops/index.ts'

describe('the generated pages of docs/', () => {
  it.each(Object.entries(pages))('%s is current (npm run docs)', (name, page) => {
    expect(readFileSync(fileURLToPath(new URL(`../docs/${name}`, import.meta.url)), 'utf8')).toBe(page())
  })

  it('name every operator', () => {
    const text = pages['operators.md']!()
    for (const name of operators.keys()) expect(text).toContain(`| \`${name}\` |`)
  })
})
