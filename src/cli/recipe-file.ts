import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { createJiti } from 'jiti'
import { ensure, GradusError } from '../core/index.ts'
import { checkRecipe, type Recipe } from '../train/index.ts'

/**
 * The recipe in a TypeScript or JavaScript file, a module or CommonJS, loaded without a build step. What it imports as `gradus` is the Gradus
 * that runs it, wherever the file lies.
 * @throws if there is no such file, it cannot be understood or throws, or a field of the recipe is wrong; the error says
 * where.
 */
export async function loadRecipe(path: string): Promise<Recipe> {
  const shown = shortPath(path)
  ensure(existsSync(path), `${shown}: expected a recipe file, found nothing`)
  const gradus = await import('gradus')
  const jiti = createJiti(import.meta.url, {
    virtualModules: { gradus, 'gradus/node': gradus },
    interopDefault: false,
    fsCache: false,
    moduleCache: false,
  })
  const recipe = exportOf(await load(path, () => jiti.import<Exports>(resolve(path))))
  // The data are awaited when training starts; should they fail before, that is told then.
  if (hasPromise(recipe)) recipe.data.catch(() => {})
  return checkRecipe(recipe, shown)
}

interface Exports {
  readonly default?: unknown
  /** What the loader marks modules with `export` by. */
  readonly __esModule?: boolean
}

/** What a file gives: its `export default`, or all that a CommonJS file (`module.exports = ...`) exports. */
function exportOf(exports: Exports): unknown {
  if ('default' in exports || exports.__esModule || Object.keys(exports).length === 0) return exports.default
  return exports
}

const hasPromise = (recipe: unknown): recipe is { data: Promise<unknown> } =>
  (recipe as { data?: unknown } | undefined)?.data instanceof Promise

async function load<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    throw explain(path, cause)
  }
}

/** An error in a recipe file: where it is, and what its first line says. */
function explain(path: string, cause: unknown): GradusError {
  if (!(cause instanceof Error))
    return new GradusError(`${shortPath(path)}: the recipe threw ${String(cause)}`)
  const [first = '', ...rest] = cause.message.split('\n').filter((line) => line.trim() !== '')
  const place = placeIn(path, `${cause.message}\n${cause.stack}`)
  const notes = cause instanceof GradusError ? rest.map((line) => line.trim()) : []
  return new GradusError(`${place}: ${plain(first)}`, notes, { cause })
}

/** A message without what the loader made of the names: `(0 , _gradus.fit)` was `fit`. */
const plain = (message: string) =>
  message
    .trim()
    .replace(/^ParseError: /, '')
    .replaceAll(/\(0 , _\w+\.(\w+)\)/g, '$1')
    .replaceAll(/\b_\w+\.(?=\w)/g, '')

/** `recipe.ts:12:3`, where the text (a stack, or a message of the parser) first speaks of the file. */
function placeIn(path: string, text: string): string {
  const at = text.indexOf(resolve(path))
  const position = at < 0 ? null : /^:(\d+)(?::(\d+))?/.exec(text.slice(at + resolve(path).length))
  return `${shortPath(path)}${position?.[0] ?? ''}`
}

/** A path as a person would give it: relative if it lies below the current folder. */
function shortPath(path: string): string {
  const below = relative('.', path)
  return below.startsWith('..') ? path : below
}
