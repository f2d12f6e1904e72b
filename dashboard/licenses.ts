import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

/** What the page is bundled with, and the files of each that must go along. */
const bundled = {
  preact: ['LICENSE'],
  echarts: ['LICENSE', 'NOTICE'],
  zrender: ['LICENSE'],
  tslib: ['LICENSE.txt'],
}

export const banner =
  '/*! With Preact (MIT, Jason Miller), Apache ECharts (Apache-2.0, The Apache Software Foundation), ZRender (BSD-3-Clause, Baidu Inc.) ' +
  'and tslib (0BSD, Microsoft); their licenses: licenses.txt in the dashboard folder of the package gradus. */'

/** Writes the licenses of what is bundled beside the page. */
export const licenses = (): Plugin => ({
  name: 'licenses',
  generateBundle() {
    const texts = Object.entries(bundled).map(([name, files]) => {
      const read = (file: string) =>
        readFileSync(
          fileURLToPath(new URL(`../node_modules/${name}/${file}`, import.meta.url)),
          'utf8',
        ).trim()
      return `${name}\n${'='.repeat(name.length)}\n\n${files.map(read).join('\n\n')}\n`
    })
    this.emitFile({ type: 'asset', fileName: 'licenses.txt', source: texts.join('\n\n') })
  },
})
