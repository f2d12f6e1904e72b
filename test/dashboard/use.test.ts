import { describe, expect, it } from 'vitest'
import { chromiumPath, seeAll, skipped } from './browser.ts'
import { drawn, Stage, whole } from './stage.ts'
import { writeRun } from './synthetic.ts'

describe.skipIf(chromiumPath === undefined)(`using the page${skipped}`, () => {
  const stage = new Stage()

  it('compares runs side by side, and remembers them in the address', async () => {
    writeRun(stage.root, 'a', whole)
    writeRun(stage.root, 'b', { ...whole, seed: 2, began: Date.UTC(2025, 0, 1) })
    const page = await stage.open()
    await page.getByLabel('show b').check()
    await page.getByText('Look into').waitFor()
    expect(new URL(page.url()).hash).toBe('#run=a&run=b')
    expect(await page.getByRole('img', { name: /^Loss over/ }).getAttribute('aria-label')).toMatch(
      /a: train .*; b: train/,
    )
    await page.getByRole('radio', { name: 'b' }).check({ force: true })
    await page.reload()
    await page.getByText('Look into').waitFor()
    expect(await page.locator('tr.selected').count()).toBe(2)
  })

  it('sorts and filters the table', async () => {
    for (let i = 0; i < 8; i++) writeRun(stage.root, `run-${i}`, { epochs: i + 2, model: i === 3 ? 'lenet' : 'vgg', loss: 0.1 * (i + 1) }) // biome-ignore format: a line
    const page = await stage.open()
    const names = () => page.locator('.runs tbody .name').allTextContents()
    await page.getByRole('button', { name: 'best loss' }).click()
    expect((await names())[0]).toBe('run-7')
    expect(await page.locator('th[aria-sort=descending]').textContent()).toContain('best loss')
    await page.getByRole('button', { name: 'best loss' }).click()
    expect((await names())[0]).toBe('run-0')
    await page.getByLabel('Filter runs').fill('LENET')
    expect(await names()).toEqual(['run-3'])
    await page.getByLabel('Filter runs').fill('nothing')
    await page.getByText('no run matches').waitFor()
  })

  it('is used by keyboard', async () => {
    writeRun(stage.root, 'a', whole)
    writeRun(stage.root, 'b', { began: Date.UTC(2025, 0, 1) })
    const page = await stage.open()
    await drawn(page)
    const focus = () =>
      page.evaluate<string>(
        'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent',
      )
    const visited: string[] = []
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab')
      visited.push(String(await focus()).trim())
      if (visited.at(-1)!.startsWith('Loss over')) break
    }
    expect(visited[0]).toBe('to the runs')
    expect(visited).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Theme: auto/), 'run', 'show a', 'show b']),
    )
    expect(visited.at(-1)).toMatch(/^Loss over the epochs/)
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
    expect(outline).toBe('solid')
    const spoken = page.locator('.chart [aria-live]').first()
    await page.keyboard.press('End')
    await expect.poll(() => spoken.textContent()).toMatch(/^epoch 6; train [\d.]+; validation [\d.]+$/)
    const last = await spoken.textContent()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => spoken.textContent()).not.toBe(last)
    await page.keyboard.press('n')
    await page.locator('.numbers table').first().waitFor()
  })

  it('follows the system to dark, and the person against it', async () => {
    writeRun(stage.root, 'a')
    const page = await stage.open('', { colorScheme: 'dark' })
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    await expect.poll(background).toBe('rgb(14, 17, 22)')
    await page.getByRole('button', { name: /^Theme: auto/ }).click()
    await expect.poll(background).toBe('rgb(246, 247, 248)')
    await page.reload()
    await expect.poll(background).toBe('rgb(246, 247, 248)')
  })

  it('fits a phone: nothing is wider than the screen', async () => {
    writeRun(stage.root, 'another')
    writeRun(stage.root, 'a-run-with-a-name-that-is-far-too-long-for-any-phone-that-people-carry', whole)
    const page = await stage.open('', {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
    })
    await seeAll(page)
    await drawn(page)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
  })
})
