import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A folder that holds a run. */
export interface FoundRun {
  /** Names of the folders below the root, joined by `/`. */
  readonly id: string
  readonly path: string
}

/** Runs lie this deep below the folder of runs: those of a search or of folds have one of their own. */
const DEEPEST = 3
const MOST_RUNS = 5000

/**
 * The runs below a folder: folders with a `recipe.json` or an `events.jsonl`. Links are not followed, so that nothing outside is
 * found; what cannot be read is passed over.
 */
export function findRuns(root: string): FoundRun[] {
  const found: FoundRun[] = []
  const visit = (path: string, names: readonly string[]) => {
    const entries = entriesOf(path)
    if (names.length > 0 && entries.some(isMarker)) found.push({ id: names.join('/'), path })
    if (names.length === DEEPEST) return
    for (const entry of entries) {
      if (found.length >= MOST_RUNS) return
      if (!entry.isDirectory() || entry.name.startsWith('.') || entry.name === 'checkpoints') continue
      visit(join(path, entry.name), [...names, entry.name])
    }
  }
  visit(root, [])
  return found
}

/** Whether the folder itself holds a run. */
export const holdsRun = (path: string): boolean => entriesOf(path).some(isMarker)

const isMarker = (entry: Dirent) =>
  entry.isFile() && (entry.name === 'events.jsonl' || entry.name === 'recipe.json')

function entriesOf(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch {
    return []
  }
}
