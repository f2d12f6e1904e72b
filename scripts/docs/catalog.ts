import { entriesOf, plurals } from '../../src/cli/commands/list.ts'
import type { Entry, Kind } from '../../src/core/index.ts'
import { buffersOf, type Layer, parametersOf } from '../../src/nn/index.ts'
import { code, markdownTable } from './markdown.ts'

/** `docs/catalog.md`: everything that Gradus offers under a name. */
export function catalogPage(): string {
  const kinds = (Object.keys(plurals) as Kind[]).filter((kind) => entriesOf(kind).length > 0)
  const total = kinds.flatMap(entriesOf).length
  return `# Catalog

<!-- Made by \`npm run docs\` from the records beside the definitions; changes here are lost. -->

All ${total} things that Gradus offers under a name; \`npx gradus list\` prints them, too. Layers, initializers,
losses, optimizers, schedules and hooks are all put through the conformance suite of their kind, which \`gradus/testing\` has for your
own as well.

${kinds.map(section).join('\n\n')}
`
}

function section(kind: Kind): string {
  const entries = entriesOf(kind)
  const title = `## ${plurals[kind][0]!.toUpperCase()}${plurals[kind].slice(1)} (${entries.length})`
  const isLayer = kind === 'layer' || kind === 'activation'
  const heads = ['name', 'what it is', ...(isLayer ? ['parameters and *buffers*'] : []), 'source']
  const rows = entries.map((entry) => [
    code(entry.name),
    entry.doc,
    ...(isLayer ? [tensorsOf(entry as Entry<Layer>)] : []),
    entry.source ?? '',
  ])
  return `${title}\n\n${markdownTable(heads, rows)}`
}

/** Names in checkpoints, those of the first example: changing one breaks the files of users. */
function tensorsOf({ examples }: Entry<Layer>): string {
  const layer = examples[0]!.make()
  const parameters = parametersOf(layer).map(({ name }) => code(name))
  const buffers = buffersOf(layer).map(({ name }) => `*${code(name)}*`)
  return [...parameters, ...buffers].join(', ')
}
