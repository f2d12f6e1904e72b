import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { buildReport } from '../../src/serve/index.ts'
import { chromiumPath, seeAll, skipped } from './browser.ts'
import { drawn, everyPanel, panelsOf, Stage, whole } from './stage.ts'
import { writeRun } from './synthetic.ts'

describe.skipIf(chromiumPath === undefined)(`the page${skipped}`, () => {
  const stage = new Stage()

  it('shows a run: what it is, what the doctor says, every panel, with a caption', async () => {
    writeRun(stage.root, 'digits-1', whole)
    const page = await stage.open()
    await drawn(page)
    expect(await panelsOf(page)).toEqual(everyPanel)
    for (const caption of await page.locator('.caption').allTextContents())
      expect(caption.length).toBeGreaterThan(40)
    expect(await page.locator('.finding.problem h3').textContent()).toContain('Validation loss has risen')
    expect(await page.locator('.finding.problem code').first().textContent()).toBe('{ augment: "standard" }')
    expect(await page.locator('.facts').textContent()).toContain('optimizersgd')
    expect(await page.locator('.confusion tbody tr').count()).toBe(10)
    expect(await page.locator('.filters canvas').count()).toBe(32)
    expect(await page.locator('.absent').count()).toBe(0)
  })

  it('draws every canvas', async () => {
    writeRun(stage.root, 'digits-1', whole)
    const page = await stage.open()
    await seeAll(page)
    const colorsOf = (canvas: string) =>
      `new Set(new Uint32Array(${canvas}.getContext('2d').getImageData(0, 0, ${canvas}.width, ${canvas}.height).data.buffer)).size`
    const drawnOnes = `[...document.querySelectorAll('canvas')].filter((canvas) => ${colorsOf('canvas')} > 2).length`
    await expect.poll(() => page.evaluate(drawnOnes)).toBe(9 + 5 + 32)
    expect(await page.locator('canvas').count()).toBe(9 + 5 + 32)
  })

  it('says what a run does not have, and how to get it', async () => {
    writeRun(stage.root, 'digits-1', { epochs: 2 })
    const page = await stage.open()
    await page.locator('.chart').first().waitFor()
    expect(await panelsOf(page)).toEqual(['Loss', 'Accuracy', 'Learning rate', 'Throughput'])
    const absent = await page.locator('.absent').textContent()
    expect(absent).toContain('statistics are sampled while a run trains')
    expect(absent).toContain('npx gradus evaluate RUN')
  })

  it('is the same as a report that is opened as a file', async () => {
    const file = join(stage.root, 'report.html')
    writeFileSync(file, buildReport(writeRun(stage.root, 'digits-1', whole)))
    const page = await stage.blank()
    await page.goto(pathToFileURL(file).href)
    await drawn(page)
    expect(await panelsOf(page)).toEqual(everyPanel)
    expect(await page.locator('.connection').textContent()).toBe('report')
  })
})
