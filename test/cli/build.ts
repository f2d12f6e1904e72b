import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Builds `dist/` before the tests if it is older than the sources: the tests of the command line run what users run. */
export default function build(): void {
  const built = join(root, 'dist/cli/main.js')
  if (existsSync(built) && statSync(built).mtimeMs > newest(join(root, 'src'))) return
  // Types are what `npm run check` looks at.
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', '--noCheck'], {
    cwd: root,
    stdio: 'inherit',
  })
}

function newest(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return Math.max(...files.map((file) => statSync(join(folder, file)).mtimeMs))
}
