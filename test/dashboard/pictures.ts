/**
 * Takes the pictures of the dashboard in `docs/images/`: in the light, in the dark, on a phone.
 *
 * Usage: npx jiti test/dashboard/pictures.ts   (needs the built page and a Chromium)
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContextOptions } from 'playwright-core'
import sharp from 'sharp'
import { startDashboard } from '../../src/serve/index.ts'
import { launch, openPage, seeAll } from './browser.ts'
import { writeGallery } from './synthetic.ts'

interface Shot {
  readonly hash?: string
  /** How far down the page is moved, in pixels. */
  readonly scroll?: number
  readonly options: BrowserContextOptions
}

const desk = { width: 1360, height: 1120 }
const shots: Readonly<Record<string, Shot>> = {
  light: { options: { viewport: desk, colorScheme: 'light' } },
  dark: {
    hash: '#run=vgg-cosine&run=vgg-augmented&run=resnet18',
    options: { viewport: desk, colorScheme: 'dark' },
  },
  inside: { scroll: 1340, options: { viewport: { width: 1360, height: 1240 }, colorScheme: 'light' } },
  phone: { options: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true } },
}

const root = mkdtempSync(join(tmpdir(), 'runs-'))
writeGallery(join(root, 'runs'))
process.chdir(root)
const dashboard = await startDashboard({ runs: 'runs', port: 0 })
const browser = await launch()
for (const [name, { hash = '', scroll = 0, options }] of Object.entries(shots)) {
  const { page, troubles } = await openPage(browser, options)
  await page.goto(dashboard.url + hash)
  await seeAll(page)
  await page.evaluate(`scrollTo(0, ${scroll})`)
  await page.waitForTimeout(400)
  const png = await sharp(await page.screenshot())
    .png({ palette: true, colors: 128, compressionLevel: 9 })
    .toBuffer()
  const path = fileURLToPath(new URL(`../../docs/images/dashboard-${name}.png`, import.meta.url))
  writeFileSync(path, png)
  process.stdout.write(`${path}  ${Math.round(png.length / 1024)} kB  ${troubles.join('; ')}\n`)
}
await browser.close()
await dashboard.close()
rmSync(root, { recursive: true })
