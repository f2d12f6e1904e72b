import { entriesOf } from '../../src/cli/commands/list.ts'
import { type Check, diagnose, RunHistory } from '../../src/doctor/index.ts'

/** `docs/doctor.md`: what the doctor looks for, each with what it says of a made-up run that has it. */
export function doctorPage(): string {
  const checks = entriesOf('check')
  return `# The doctor

<!-- Made by \`npm run docs\` from the checks themselves; changes here are lost. -->

\`gradus train\` watches every run while it trains, and says what it finds. \`gradus doctor RUN\` looks at a run that is over, or still
going on; \`gradus doctor RUN --try\` trains its first suggestion beside the original, and shows both. In a program:
\`diagnose(RunHistory.of(events))\`, \`fit(recipe, { watch: liveDoctor() })\`, \`applyChange(recipe, change, info)\`.

It knows a run from its events alone and never changes one. Of what it finds, \`problem\` means that the result suffers, \`warning\`
that it may. What follows from something else that was found is not told apart, but named with it. ${checks.length} symptoms:

${checks.map((entry) => section(entry.name, entry.doc, entry.source, entry.examples[0]!.make() as Check)).join('\n\n')}
`
}

function section(name: string, doc: string, source: string | undefined, check: Check): string {
  const history = RunHistory.of(check.examples[0]!.events())
  const [found] = diagnose(history, [check]).filter(({ severity }) => severity !== 'fine')
  const lines = [
    `## ${name}`,
    doc,
    ...(found ? [`> **${found.severity}**: ${found.title}`, found.explanation ?? ''] : []),
    ...(found?.suggestions ?? []).map(({ title, change }) =>
      change ? `- ${title}: \`${JSON.stringify(change)}\`` : `- ${title}`,
    ),
    ...(source ? [`Source: ${source}.`] : []),
  ]
  return lines.reduce((text, line) =>
    line.startsWith('- ') && /\n- [^\n]*$/.test(text) ? `${text}\n${line}` : `${text}\n\n${line}`,
  )
}
