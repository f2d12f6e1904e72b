import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { type Dashboard, startDashboard } from '../../src/serve/index.ts'
import { launch, type Opened, openPage } from './browser.ts'

/** A run with all that the page can show. */
export const whole = { epochs: 6, stepsPerEpoch: 40, statisticsEvery: 20, findings: true, evaluation: true }

/** The titles of its panels. */
export const everyPanel = [
  'Loss',
  'Accuracy',
  'Learning rate',
  'Throughput',
  'Update ratios',
  'Gradient flow',
  'Dead units',
  'Gradient norm',
  'Activation scale',
  'Activations by depth',
  'First filters',
  'Confusion matrix',
  'Worst samples',
  'Classes',
]

export const panelsOf = (page: Page): Promise<string[]> => page.locator('.panel h3').allTextContents()

/** Waits until something is drawn. */
export const drawn = (page: Page): Promise<void> => page.locator('.chart canvas').first().waitFor()

/**
 * A browser for the tests of a file, and for each of them a folder of runs with a dashboard. A test fails if the page had
 * anything to complain of: errors, warnings, dialogs, things that the policy forbids.
 */
export class Stage {
  /** The folder of runs. */
  root = ''
  dashboard: Dashboard | undefined
  #browser: Browser | undefined
  #opened: Opened | undefined

  /** Registers what comes before and after the tests of a `describe`. */
  constructor() {
    const base = mkdtempSync(join(tmpdir(), 'gradus-page-'))
    beforeAll(async () => {
      this.#browser = await launch()
    })
    afterAll(async () => {
      await this.#browser?.close()
      rmSync(base, { recursive: true })
    })
    beforeEach(() => {
      this.root = mkdtempSync(join(base, 'runs-'))
    })
    afterEach(async () => {
      const troubles = this.#opened?.troubles ?? []
      await this.#opened?.page.context().close()
      await this.dashboard?.close()
      this.#opened = this.dashboard = undefined
      expect(troubles).toEqual([])
    })
  }

  /** Serves the runs. @param port that of a server before, or 0. */
  async serve(port = 0): Promise<string> {
    this.dashboard = await startDashboard({ runs: this.root, port })
    return this.dashboard.url
  }

  /** A page without anything in it. @param excused troubles that a test expects. */
  async blank(options: BrowserContextOptions = {}, excused?: RegExp): Promise<Page> {
    this.#opened = await openPage(this.#browser!, options, excused)
    return this.#opened.page
  }

  /** The page of the runs. */
  async open(hash = '', options: BrowserContextOptions = {}, excused?: RegExp): Promise<Page> {
    const url = await this.serve()
    const page = await this.blank(options, excused)
    await page.goto(url + hash)
    return page
  }
}
