import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startDashboard } from '../../serve/index.ts'

export interface UiOptions {
  readonly port?: number
  readonly host?: string
  readonly open?: boolean
}

/** `gradus ui [runs]`: serves the dashboard until the person stops it. */
export async function ui(runs: string, { open, ...where }: UiOptions): Promise<void> {
  const dashboard = await startDashboard({ runs, ...where })
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  process.stdout.write(`dashboard of ${runs}: ${dashboard.url}   Ctrl-C ends it\n`)
  if (dashboard.warning) process.stderr.write(`note: ${dashboard.warning}\n`)
  if (open) openBrowser(dashboard.url)
  await stopped
  await dashboard.close()
}

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
}

/** Asks the system to open an address; where it cannot, the person has it on the screen. */
function openBrowser(url: string): void {
  const [command, ...args] = openers[process.platform] ?? ['xdg-open']
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
  child.on('error', ({ message }) => process.stderr.write(`note: cannot open a browser: ${message}\n`))
  child.unref()
}
