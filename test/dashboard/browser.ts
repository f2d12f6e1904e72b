import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** The browser of this machine, as Debian and others call it; undefined if there is none. */
export const chromiumPath: string | undefined = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path))

/** What the titles of tests say that need it. */
export const skipped =
  chromiumPath === undefined ? ' (skipped: no chromium on PATH; apt-get install chromium)' : ''

/** Starts it. Without its sandbox: containers often have no right to one, and the pages are our own. */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox', '--disable-gpu'] })

export interface Opened {
  readonly page: Page
  /** What went wrong in the page: messages of the console, errors, violations of the policy. */
  readonly troubles: readonly string[]
}

/** A fresh page that keeps what goes wrong in it, but for what is excused. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
  excused?: RegExp,
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('console', (message) => {
    const isBad = ['error', 'warning'].includes(message.type())
    if (isBad && !excused?.test(message.text())) troubles.push(message.text())
  })
  page.on('pageerror', (error) => troubles.push(error.message))
  page.on('dialog', async (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`)
    await dialog.dismiss()
  })
  return { page, troubles }
}

/** Brings every panel into view once, for only then they are drawn: the panels of a run, not what held their place before. */
export async function seeAll(page: Page): Promise<void> {
  await page.locator('.chart').first().waitFor()
  for (const panel of await page.locator('.panel').all()) await panel.scrollIntoViewIfNeeded()
}
