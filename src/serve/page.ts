import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ensure } from '../core/index.ts'

/** The built page: the same place seen from `src/serve` and from `dist/serve`. */
const folder = new URL('../../dist/dashboard/', import.meta.url)

/** The files of the page, by name; there are no others. */
export const pageFiles = {
  'index.html': 'text/html; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
} as const

export type PageFile = keyof typeof pageFiles

/** @throws if the page was not built. */
export function readPage(name: PageFile): Buffer {
  const path = fileURLToPath(new URL(name, folder))
  ensure(existsSync(path), `the dashboard is not built: ${path} is missing`, 'build it: npm run build')
  return readFileSync(path)
}
