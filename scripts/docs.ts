/** `npm run docs`: writes the pages of `docs/` that are made from the code. A test sees to it that they are current. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { pages } from './docs/pages.ts'

for (const [name, page] of Object.entries(pages)) {
  const path = fileURLToPath(new URL(`../docs/${name}`, import.meta.url))
  writeFileSync(path, page())
  process.stdout.write(`${path}\n`)
}
