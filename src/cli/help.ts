/** The end of a command's help: how it is used. */
export const examples = (...lines: string[]) =>
  `\nExamples:\n${lines.map((line) => `  $ npx ${line}`).join('\n')}`
