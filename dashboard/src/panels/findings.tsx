import type { FindingView, Plain } from '../../../src/serve/api.ts'
import { short } from '../format.ts'

const signs = { problem: '✕', warning: '▲', fine: '✓' } as const

interface FindingsProps {
  readonly findings: readonly FindingView[]
  readonly notices: readonly string[]
}

/** What the doctor says of a run: what is wrong, how it shows, why it matters and what to try. */
export function Findings({ findings, notices }: FindingsProps) {
  if (findings.length === 0 && notices.length === 0) return null
  const troubles = findings.filter(({ severity }) => severity !== 'fine')
  const fine = findings.filter(({ severity }) => severity === 'fine')
  return (
    <section aria-label="Findings" class="findings">
      {troubles.map((finding) => (
        <Card key={`${finding.check} ${finding.title}`} finding={finding} />
      ))}
      {fine.length > 0 && (
        <details class="finding fine">
          <summary>
            <span class="sign" aria-hidden="true">
              {signs.fine}
            </span>
            {fine.length} {fine.length === 1 ? 'check found' : 'checks found'} nothing wrong
          </summary>
          {fine.map((finding) => (
            <Card key={`${finding.check} ${finding.title}`} finding={finding} />
          ))}
        </details>
      )}
      {notices.map((notice) => (
        <p class="finding notice" key={notice}>
          {notice}
        </p>
      ))}
    </section>
  )
}

function Card({ finding }: { readonly finding: FindingView }) {
  const { severity, title, check, evidence, explanation, suggestions, more } = finding
  return (
    <article class={`finding ${severity}`}>
      <h3>
        <span class="sign" role="img" aria-label={severity}>
          {signs[severity]}
        </span>
        {title}
      </h3>
      {explanation && <p>{explanation}</p>}
      <Evidence evidence={evidence} />
      {suggestions.length > 0 && (
        <>
          <h4>Try</h4>
          <ol>
            {suggestions.map(({ title, change }) => (
              <li key={title}>
                {title}
                {change !== undefined && <code>{codeOf(change)}</code>}
              </li>
            ))}
          </ol>
        </>
      )}
      <footer>
        {check}
        {more && (
          <>
            {' · '}
            {/^https:\/\//.test(more) ? (
              <a href={more} target="_blank" rel="noopener noreferrer">
                {more}
              </a>
            ) : (
              more
            )}
          </>
        )}
      </footer>
    </article>
  )
}

/** The numbers that a finding rests on: names and values; a list of numbers is drawn, too. */
function Evidence({ evidence }: { readonly evidence: Plain }) {
  if (evidence === null) return null
  const entries =
    typeof evidence === 'object' && !Array.isArray(evidence)
      ? Object.entries(evidence)
      : [['evidence', evidence] as const]
  return (
    <dl>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{words(name)}</dt>
          <dd>
            <Value value={value} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Value({ value }: { readonly value: Plain }) {
  if (typeof value === 'number') return <>{short(value)}</>
  if (Array.isArray(value) && value.length > 3 && value.every((item) => typeof item === 'number'))
    return <Spark values={value} />
  return <>{typeof value === 'string' ? value : codeOf(value)}</>
}

/** A small curve, with its ends in numbers. */
function Spark({ values }: { readonly values: readonly number[] }) {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const points = values.map((value, i) => {
    const y = high > low ? 17 - (15 * (value - low)) / (high - low) : 9
    return `${((i * 78) / (values.length - 1) + 1).toFixed(1)},${y.toFixed(1)}`
  })
  return (
    <span class="spark">
      {short(values[0]!)}
      <svg width="80" height="19" aria-hidden="true">
        <polyline points={points.join(' ')} fill="none" stroke="currentColor" stroke-width="1.5" />
      </svg>
      {short(values.at(-1)!)}
    </span>
  )
}

/** `validationLoss` as `validation loss`. */
const words = (name: string) => name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

/** A change of the recipe as it is written there. */
function codeOf(value: Plain): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(codeOf).join(', ')}]`
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${codeOf(item)}`)
    .join(', ')} }`
}
