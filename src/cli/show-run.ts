import { basename, dirname, resolve } from 'node:path'
import { startDashboard } from '../serve/index.ts'
import { shellWord } from '../train/index.ts'

/**
 * Serves the dashboard while `work` goes on, and tells the person where. A run in a folder called `runs` is shown among its
 * neighbors, any other by itself.
 */
export async function whileShown<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const parent = dirname(resolve(folder))
  const runs = basename(parent) === 'runs' ? dirname(folder) : folder
  const dashboard = await startDashboard({ runs })
  // Standard output may be JSON lines.
  process.stderr.write(
    `dashboard ${dashboard.url}   while the run trains; later: npx gradus ui ${shellWord(runs)}\n`,
  )
  try {
    return await work()
  } finally {
    await dashboard.close()
  }
}
