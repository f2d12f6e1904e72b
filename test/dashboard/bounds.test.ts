import { appendFileSync, copyFileSync, mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chromiumPath, skipped } from './browser.ts'
import { drawn, Stage, whole } from './stage.ts'
import { writeRun } from './synthetic.ts'

describe.skipIf(chromiumPath === undefined)(
  `the page of runs that are odd, hostile or many${skipped}`,
  () => {
    const stage = new Stage()

    it('keeps hostile names and texts inert', async () => {
      const hostile = '<img src=x onerror=alert(1)>'
      const names = [
        hostile,
        '"><script>alert(2)<∕script>',
        'a%2e%2e%2fb',
        'line\nbreak',
        '{a|b}',
        "'; alert(3)//".replaceAll('/', '∕'),
      ]
      for (const name of names) writeRun(stage.root, name, { ...whole, data: hostile, model: hostile })
      const finding = { type: 'finding', step: 1, check: hostile, severity: 'problem', title: hostile, evidence: { [hostile]: hostile }, more: 'javascript:alert(4)' } // biome-ignore format: a line
      appendFileSync(
        join(stage.root, hostile, 'events.jsonl'),
        `${JSON.stringify({ time: 'now', ...finding })}\n`,
      )
      writeFileSync(
        join(stage.root, hostile, 'evaluation.json'),
        JSON.stringify({ classes: [{ name: hostile, recall: 1 }], confusion: [[1]], worst: [{ label: hostile, image: 'javascript:alert(5)' }] }), // biome-ignore format: a line
      )
      const page = await stage.open(
        `#${new URLSearchParams(names.map((name): [string, string] => ['run', name]))}`,
      )
      await page.getByText('Look into').waitFor()
      await page.locator('.canvas').first().hover()
      await page.waitForTimeout(300)
      expect(await page.locator('tr.selected').count()).toBe(names.length)
      expect(await page.locator('main img, main script, main a').count()).toBe(0)
      await page.locator('.finding').getByText(hostile).first().waitFor()
    })

    it('shows runs that are empty, cut off, damaged or from another version as far as they go', async () => {
      mkdirSync(join(stage.root, 'nothing'))
      for (const name of ['empty', 'cut', 'damaged', 'huge']) writeRun(stage.root, name, whole)
      const log = (name: string) => join(stage.root, name, 'events.jsonl')
      truncateSync(log('empty'), 0)
      truncateSync(log('cut'), 5000)
      writeFileSync(
        log('damaged'),
        '{"time":"2026-01-02T03:04:05.678Z","type":"start","model":7}\nrubbish\n{"type":"new"}\n',
      )
      appendFileSync(log('huge'), `{"type":"notice","message":"${'x'.repeat(9 << 20)}"}\n`)
      const page = await stage.open('#run=cut&run=damaged&run=empty&run=huge')
      await page.getByText('Look into').waitFor()
      expect(await page.locator('tr.selected').count()).toBe(4)
      await page.getByRole('radio', { name: 'damaged' }).check({ force: true })
      await page.getByText('1 line of the log could not be read').waitFor()
      await page.getByRole('radio', { name: 'huge' }).check({ force: true })
      await page.getByText('1 line of the log could not be read').waitFor()
      await page.getByRole('button', { name: 'empty' }).click()
      await page.getByText('they come with the first training step').waitFor()
    })

    it('asks for little of a hundred runs of ten thousand steps', async () => {
      const first = writeRun(stage.root, 'run-0', {
        epochs: 10,
        stepsPerEpoch: 1000,
        statisticsEvery: 200,
        evaluation: true,
      })
      for (let i = 1; i < 100; i++) {
        mkdirSync(join(stage.root, `run-${i}`))
        for (const name of ['recipe.json', 'events.jsonl'])
          copyFileSync(join(first, name), join(stage.root, `run-${i}`, name))
      }
      const url = await stage.serve()
      const page = await stage.blank()
      const details: Promise<number>[] = []
      page.on('response', (response) => {
        if (response.url().includes('/api/run?')) details.push(response.body().then(({ length }) => length))
      })
      await page.goto(url)
      await drawn(page)
      expect(await page.locator('.runs tbody tr').count()).toBe(100)
      const log = statSync(join(first, 'events.jsonl')).size
      const [detail = log, ...others] = await Promise.all(details)
      expect(others).toEqual([]) // only what is shown
      expect(detail).toBeLessThan(log / 10) // no more points than a picture has
    })
  },
)
