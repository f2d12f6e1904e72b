import { type Environment, environment } from '../../runtime/index.ts'

/** `gradus env`: what training and prediction run on here, and why. */
export async function env({ json }: { readonly json?: boolean }): Promise<void> {
  const found = await environment()
  process.stdout.write(`${json ? JSON.stringify(found) : formatEnvironment(found)}\n`)
}

/** A line for each fact: its name, what it is, why. */
function formatEnvironment(found: Environment): string {
  const rows = Object.entries(found).map(([key, { value, reason }]) => [
    key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    typeof value === 'number' ? value.toLocaleString('en-US') : value,
    reason,
  ])
  const [first, second] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)))
  return rows
    .map(([name, value, reason]) => `${name.padEnd(first!)}  ${value.padEnd(second!)}  ${reason}`)
    .join('\n')
}
