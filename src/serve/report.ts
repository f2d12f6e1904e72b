import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensure, VERSION } from '../core/index.ts'
import { shellWord } from '../train/index.ts'
import type { RunDetail, RunList } from './api.ts'
import { RunLibrary } from './library.ts'
import { readPage } from './page.ts'

/** What a report holds in the place of a server's answers. */
export interface Embedded {
  readonly list: RunList
  readonly details: readonly RunDetail[]
}

/**
 * The page with the data of one run inside: one HTML file that needs no server and loads nothing.
 * @param folder of the run.
 * @throws if there is no run in it, or the page was not built.
 */
export function buildReport(folder: string): string {
  const library = new RunLibrary(folder)
  const { runs } = library.list()
  const found = runs.length === 0 ? 'none' : `${runs.length} runs`
  ensure(
    runs.length === 1,
    `${folder}: expected the folder of a run, found ${found}`,
    ...adviceFor(folder, runs),
  )
  ensure(
    !existsSync(join(folder, 'folds.json')),
    `${folder}: expected the folder of a run, found a cross-validation`,
    `for its scores: gradus info ${shellWord(folder)}; its curves are in folds.svg`,
  )
  const detail = library.detail(runs[0]!.id)
  ensure(detail, `${folder}: the run is gone`)
  return reportPage({ list: { folder, version: VERSION, runs: [detail.row] }, details: [detail] })
}

/** Runs that are named. */
const NAMED = 5

/** What to do with a folder of no run, or of several. */
function adviceFor(folder: string, runs: RunList['runs']): string[] {
  if (runs.length === 0)
    return [
      'gradus train leaves runs in runs/<name>-<number>: gradus report runs/digits-1',
      'gradus ui lists the runs that there are',
    ]
  const paths = runs.slice(0, NAMED).map(({ id }) => shellWord(join(folder, id)))
  const more = runs.length > NAMED ? ` and ${runs.length - NAMED} more` : ''
  return [
    `give one of them: ${paths.join(', ')}${more}`,
    `to see them side by side: gradus ui ${shellWord(folder)}`,
  ]
}

/** The built page with its script, its style and the data written into it. The policy names the script and the style by hash. */
function reportPage(data: Embedded): string {
  const script = readPage('app.js')
    .toString('utf8')
    .replaceAll('</script', '<\\/script')
    .replaceAll('<!--', '\\x3c!--')
  const style = readPage('app.css').toString('utf8')
  const policy = [
    "default-src 'none'",
    `script-src '${hash(script)}'`,
    `style-src '${hash(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const replacements: readonly (readonly [RegExp, string])[] = [
    [/<script type="module"[^>]*src="[^"]*app\.js"[^>]*><\/script>/, ''],
    [/<link rel="stylesheet"[^>]*href="[^"]*app\.css"[^>]*>/, `<style>${style}</style>`],
    [/<head>/, `<head><meta http-equiv="Content-Security-Policy" content="${policy}">`],
    [
      /<\/body>/,
      `<script type="application/json" id="embedded">${inScript(data)}</script><script type="module">${script}</script></body>`,
    ],
  ]
  return replacements.reduce((page, [pattern, text]) => {
    ensure(
      pattern.test(page),
      `the dashboard's page is not as expected: ${pattern} is missing`,
      'npm run build',
    )
    return page.replace(pattern, () => text) // a function: `$` in the text means nothing
  }, readPage('index.html').toString('utf8'))
}

const hash = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`

/** JSON that cannot end the script that it stands in. */
const inScript = (data: Embedded) =>
  JSON.stringify(data)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
