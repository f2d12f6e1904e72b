import { styleText } from 'node:util'
import type { VerifyEvent } from '../doctor/index.ts'
import type { TextStream } from '../train/index.ts'
import { grouped } from './table.ts'
import { wrap } from './wrap.ts'

/** Where titles begin: after the severity and the longest name of a check. */
const COLUMN = 26
const WIDTH = 84

const styles = { fine: 'green', warning: 'yellow', problem: 'red' } as const
const labels = { fine: 'ok', warning: 'warning', problem: 'problem' } as const

/** Shows checks to a person: a line for each that is fine, why and what to do for others, and on a terminal what is going on. */
export function terminalChecks(stream: TextStream = process.stdout): (event: VerifyEvent) => void {
  const colors = stream.isTTY && stream.hasColors?.()
  const paint = (severity: keyof typeof styles) => {
    const text = labels[severity].padEnd(9)
    return colors ? styleText(styles[severity], text, { validateStream: false }) : text
  }
  const line = (text: string) => stream.write(`${stream.isTTY ? '\r\u001b[K' : ''}${text}\n`)
  return (event) => {
    if (event.type === 'start') line(`${event.data}  ${event.model}, ${grouped(event.parameters)} parameters`)
    else if (event.type === 'finding') {
      const [first, ...rest] = linesOf(event)
      line(`${paint(event.severity)}${event.check.padEnd(COLUMN - 9)}${first}`)
      for (const text of rest) stream.write(`${' '.repeat(COLUMN)}${text}\n`)
    } else if (stream.isTTY) stream.write(`\r\u001b[K${progressLine(event)}`.slice(0, stream.columns ?? 80))
  }
}

type Found = Extract<VerifyEvent, { type: 'finding' }>

function linesOf({ severity, title, explanation, suggestions = [], more }: Found): string[] {
  const why = severity !== 'fine' && explanation ? wrap(explanation, WIDTH) : []
  const advice = suggestions.flatMap((suggestion) => {
    const [first, ...rest] = wrap(suggestion.title, WIDTH - 5)
    return [`try: ${first}`, ...rest.map((text) => `     ${text}`)]
  })
  const source = severity !== 'fine' && more ? [`read: ${more}`] : []
  return [...wrap(title, WIDTH), ...why, ...advice, ...source]
}

function progressLine({
  title,
  text,
  secondsLeft,
  done,
}: Extract<VerifyEvent, { type: 'progress' }>): string {
  const left = done > 0 ? `, ${Math.ceil(secondsLeft)} s left at most` : ''
  return `checking ${title}${text ? `: ${text}` : ''}${left}`
}

/** `13 checks in 1.2 s: 12 ok, 1 problem`. */
export function formatSummary(
  counts: Readonly<Record<keyof typeof labels, number>>,
  seconds: number,
): string {
  const total = counts.fine + counts.warning + counts.problem
  const parts = [`${counts.fine} ok`]
  if (counts.warning > 0) parts.push(`${counts.warning} ${counts.warning === 1 ? 'warning' : 'warnings'}`)
  if (counts.problem > 0) parts.push(`${counts.problem} ${counts.problem === 1 ? 'problem' : 'problems'}`)
  return `${total} ${total === 1 ? 'check' : 'checks'} in ${seconds.toFixed(1)} s: ${parts.join(', ')}`
}
