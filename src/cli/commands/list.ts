import { catalog, type Entry, type Kind, unknownName } from '../../core/index.ts'
import '../../augment/index.ts'
import '../../data/index.ts'
import '../../doctor/index.ts'
import '../../nn/index.ts'
import '../../optim/index.ts'
import '../../schedules/index.ts'
import '../../train/index.ts'
import { wrap } from '../wrap.ts'

/** The kinds in the order in which they are listed, as a person says them. */
export const plurals: Readonly<Record<Kind, string>> = {
  activation: 'activations',
  layer: 'layers',
  initializer: 'initializers',
  loss: 'losses',
  optimizer: 'optimizers',
  transform: 'transforms',
  minimizer: 'minimizers',
  schedule: 'schedules',
  hook: 'hooks',
  augmentation: 'augmentations',
  sampling: 'samplings',
  preprocessing: 'preprocessing',
  check: 'checks',
}

const kinds = Object.keys(plurals) as Kind[]

/** `gradus list [kind]`: what Gradus offers under a name, from the catalog. */
export function list(given: string | undefined, { json }: { readonly json?: boolean }): void {
  const shown = given === undefined ? kinds : [kindOf(given)]
  process.stdout.write(`${json ? jsonLines(shown) : formatCatalog(shown)}\n`)
}

/** What is registered of a kind, by name. */
export const entriesOf = (kind: Kind): readonly Entry[] =>
  catalog(kind).toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** `layer` and `layers` are the same. */
function kindOf(name: string): Kind {
  const kind = kinds.find((kind) => name === kind || name === plurals[kind])
  if (kind) return kind
  throw unknownName('kind', name, Object.values(plurals))
}

/** An entry a line, then the counts and the names by kind. */
function jsonLines(shown: readonly Kind[]): string {
  const lines = shown
    .flatMap(entriesOf)
    .map(({ kind, name, doc, source, examples }) =>
      JSON.stringify({ kind, name, doc, source, examples: examples.map((example) => example.name) }),
    )
  const names = Object.fromEntries(
    shown.map((kind) => [plurals[kind], entriesOf(kind).map(({ name }) => name)]),
  )
  const counts = Object.fromEntries(Object.entries(names).map(([plural, { length }]) => [plural, length]))
  return [...lines, JSON.stringify({ ...counts, names })].join('\n')
}

/** Columns of the table. */
const WIDTH = 100

/** A table for each kind that has something to show: names, what they are, and below it where they come from. */
function formatCatalog(shown: readonly Kind[]): string {
  const present = shown.filter((kind) => catalog(kind).length > 0)
  const width = Math.max(...present.flatMap(entriesOf).map(({ name }) => name.length)) + 4
  return present.map((kind) => section(kind, width)).join('\n\n')
}

function section(kind: Kind, width: number): string {
  const entries = entriesOf(kind)
  const lines = entries.flatMap(({ name, doc, source }) => {
    const texts = [doc, ...(source ? [source] : [])].flatMap((text) => wrap(text, WIDTH - width))
    return texts.map((text, i) => `${(i === 0 ? `  ${name}` : '').padEnd(width)}${text}`)
  })
  return [`${plurals[kind]} (${entries.length})`, ...lines].join('\n')
}
