import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { buildReport } from '../../src/serve/report.ts'
import { writeRun } from '../dashboard/synthetic.ts'

const root = mkdtempSync(join(tmpdir(), 'gradus-report-'))
afterAll(() => rmSync(root, { recursive: true }))

it('holds the page, the script, the style and the data of the run, and points nowhere', () => {
  const page = buildReport(writeRun(root, 'digits-1', { findings: true }))
  expect(page).not.toMatch(/(src|href)="(?!data:)/)
  const [, data] = /<script type="application\/json" id="embedded">(.*?)<\/script>/s.exec(page)!
  expect(JSON.parse(data!)).toMatchObject({
    list: { runs: [{ id: 'digits-1' }] },
    details: [{ row: { id: 'digits-1' }, findings: [{ check: 'over-fitting' }, {}, {}] }],
  })
})

it('allows the one script and the one style that it holds', () => {
  const page = buildReport(writeRun(root, 'digits-1'))
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)!
  const [, script] = /<script type="module">(.*?)<\/script>/s.exec(page)!
  const [, style] = /<style>(.*?)<\/style>/s.exec(page)!
  expect(policy).toContain(`default-src 'none'; script-src ${hash(script!)}; style-src ${hash(style!)}`)
})

it('keeps names from ending the script that they stand in', () => {
  const page = buildReport(writeRun(root, '</script><script>alert(1)<!-- $& \u2028'.replaceAll('/', '∕')))
  const hostile = buildReport(writeRun(root, 'x', { data: '</script><script>alert(1)</script>$&' }))
  expect(page.match(/<script/g)).toHaveLength(2)
  expect(hostile.match(/<script/g)).toHaveLength(2)
  expect(hostile).not.toContain('<script>alert')
})

it('says when there is no run, or more than one', () => {
  writeRun(root, 'many/a')
  writeRun(root, 'many/b')
  expect(() => buildReport(join(root, 'many'))).toThrow(/many: expected the folder of a run, found 2 runs/)
  expect(() => buildReport(join(root, 'nowhere'))).toThrow(
    /nowhere: expected a folder of runs, found nothing/,
  )
  expect(() => buildReport(join(root, 'many'))).toThrow(
    /give one of them: \S*many.[ab], \S*many.[ab]\n.*gradus ui/,
  )
  mkdirSync(join(root, 'empty'))
  expect(() => buildReport(join(root, 'empty'))).toThrow(
    /found none\n.*gradus report runs.digits-1\n.*gradus ui/,
  )
  mkdirSync(join(root, 'folds'))
  for (const name of ['recipe.json', 'folds.json']) writeFileSync(join(root, 'folds', name), '{}')
  expect(() => buildReport(join(root, 'folds'))).toThrow(/found a cross-validation\n.*gradus info/)
})
