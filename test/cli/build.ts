import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Builds `dist/` before the tests if it is older than the sources: the tests of the command line and of the dashboard run what
 * users run.
 */
export default function build(): void {
  // Types are what `npm run check` looks at.
  buildIfOlder('dist/cli/main.js', 'src', 'tsc', '-p', 'tsconfig.build.json', '--noCheck')
  buildIfOlder('dist/dashboard/index.html', 'dashboard', 'vite', 'build', 'dashboard')
}

function buildIfOlder(result: string, sources: string, command: string, ...args: string[]): void {
  const built = join(root, result)
  if (existsSync(built) && statSync(built).mtimeMs > newest(join(root, sources))) return
  execFileSync(join(root, 'node_modules/.bin', command), args, { cwd: root, stdio: 'inherit' })
}

function newest(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return Math.max(...files.map((file) => statSync(join(folder, file)).mtimeMs))
}
