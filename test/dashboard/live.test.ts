import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chromiumPath, skipped } from './browser.ts'
import { drawn, Stage, whole } from './stage.ts'
import { logOf, syntheticEvents, writeRun } from './synthetic.ts'

describe.skipIf(chromiumPath === undefined)(`the page while runs train${skipped}`, () => {
  const stage = new Stage()

  it('follows a run as it trains', async () => {
    const options = { epochs: 4, stepsPerEpoch: 10, began: Date.now() }
    writeRun(stage.root, 'live', { ...options, until: 2 })
    const page = await stage.open()
    const row = page.locator('tr.selected')
    await row.getByText('2/4').waitFor()
    expect(await row.locator('.badge').textContent()).toContain('running')
    const label = () => page.getByRole('img', { name: /^Loss over/ }).getAttribute('aria-label')
    const before = await label()
    const rest = logOf(
      syntheticEvents('live', options).filter(
        ({ step, type }) => step > 20 && type !== 'end' && type !== 'evaluation',
      ),
    )
    appendFileSync(join(stage.root, 'live', 'events.jsonl'), rest.slice(0, -30))
    await row.getByText('3/4').waitFor()
    appendFileSync(join(stage.root, 'live', 'events.jsonl'), rest.slice(-30))
    await row.getByText('4/4').waitFor()
    await expect.poll(label).not.toBe(before)
    writeRun(stage.root, 'another')
    await page.getByRole('button', { name: 'another' }).waitFor()
    expect(await page.locator('.connection').textContent()).toBe('live')
  })

  it('keeps what it has when the server goes, says so, and goes on when it is back', async () => {
    writeRun(stage.root, 'digits-1')
    const page = await stage.open('', {}, /ERR_/) // the browser itself tells of connections that fail
    await drawn(page)
    const port = Number(new URL(stage.dashboard!.url).port)
    await stage.dashboard!.close()
    await page.getByText('not connected').waitFor()
    expect(await page.locator('.chart canvas').count()).toBeGreaterThan(0)
    await stage.serve(port)
    await page.locator('.connection.live').waitFor({ timeout: 15_000 })
  })

  it('does not shift while it loads and updates', async () => {
    const options = { ...whole, epochs: 8 }
    writeRun(stage.root, 'a', { ...options, until: 6, findings: false })
    const url = await stage.serve()
    const page = await stage.blank()
    await page.addInitScript(`
      globalThis.shifts = []
      new PerformanceObserver((list) => {
        for (const { value, sources } of list.getEntries())
          shifts.push([value, ...sources.map(({ node }) => node?.className || node?.textContent)])
      }).observe({ type: 'layout-shift', buffered: true })
    `)
    await page.goto(url)
    await drawn(page)
    appendFileSync(
      join(stage.root, 'a', 'events.jsonl'),
      logOf(syntheticEvents('a', options).filter(({ step, type }) => step > 240 && type !== 'finding')),
    )
    await page.getByText('8/8').waitFor()
    const shifts = await page.evaluate<[number, ...string[]][]>('shifts')
    expect(shifts.filter(([value]) => value > 0.01)).toEqual([])
  })

  it('says how to begin when there are no runs', async () => {
    const page = await stage.open()
    await page.getByText('npx gradus train digits').waitFor()
    writeRun(stage.root, 'first')
    await drawn(page)
  })
})
