import { useCallback } from 'preact/hooks'
import type { ClassView, EvaluationView, WorstView } from '../../../src/serve/api.ts'
import { Drawing } from '../drawing.tsx'
import { grouped, percent, short } from '../format.ts'
import { clip } from '../line-option.ts'
import { Panel } from '../panel.tsx'
import { Scroll } from '../scroll.tsx'
import { mix, useInks } from '../theme.ts'

/** More classes are drawn as squares without numbers. */
const MOST_NUMBERED = 16

/** What is taken for what. */
export function Confusion({ evaluation }: { readonly evaluation: EvaluationView }) {
  const { confusion, classes, split = 'test', accuracy, interval, samples } = evaluation
  if (!confusion) return null
  const names = confusion.map((_, i) => classes[i]?.name ?? String(i))
  const sure = interval ? ` (95% interval ${percent(interval[0], 1)} to ${percent(interval[1], 1)})` : ''
  const facts = [
    accuracy === undefined ? '' : ` Accuracy ${percent(accuracy)}${sure}`,
    samples === undefined ? '' : ` on ${grouped(samples)} samples.`,
  ]
  return (
    <Panel
      wide={confusion.length > MOST_NUMBERED}
      title="Confusion matrix"
      caption={`Rows are the true classes of the ${split} split, columns what was predicted; off the diagonal are mistakes.${facts.join('')}`}
    >
      {confusion.length <= MOST_NUMBERED ? (
        <Matrix confusion={confusion} names={names} />
      ) : (
        <Squares confusion={confusion} />
      )}
      <MostConfused confusion={confusion} names={names} />
    </Panel>
  )
}

interface MatrixProps {
  readonly confusion: readonly (readonly number[])[]
  readonly names: readonly string[]
}

const sum = (row: readonly number[]) => row.reduce((total, count) => total + count, 0)

function Matrix({ confusion, names }: MatrixProps) {
  return (
    <Scroll label="Confusion matrix">
      <table class="confusion">
        <thead>
          <tr>
            <td />
            {names.map((name) => (
              <th key={name} scope="col" title={`predicted ${name}`}>
                {clip(name, 4)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {confusion.map((row, label) => (
            <tr key={names[label]}>
              <th scope="row">{clip(names[label]!, 12)}</th>
              {row.map((count, predicted) => {
                const share = count / (sum(row) || 1)
                const kind = label === predicted ? 'right' : 'wrong'
                return (
                  <td
                    key={names[predicted]}
                    class={share > 0.5 ? `${kind} strong` : kind}
                    style={{
                      '--share': `${Math.round(100 * (kind === 'right' ? share : Math.sqrt(share)))}%`,
                    }}
                    title={`${names[label]} taken for ${names[predicted]}: ${count} (${percent(share, 1)})`}
                  >
                    {count === 0 ? '' : count}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function Squares({ confusion }: Pick<MatrixProps, 'confusion'>) {
  const inks = useInks()
  const draw = useCallback(
    (context: CanvasRenderingContext2D, width: number, height: number) => {
      const cell = Math.min(width, height) / confusion.length
      confusion.forEach((row, label) => {
        const total = sum(row) || 1
        row.forEach((count, predicted) => {
          if (count === 0) return
          const end = label === predicted ? inks.runs[0]! : inks.runs[1]!
          context.fillStyle = mix([inks.panel, end], Math.sqrt(count / total))
          context.fillRect(predicted * cell, label * cell, Math.ceil(cell), Math.ceil(cell))
        })
      })
    },
    [confusion, inks],
  )
  return (
    <Drawing
      height={420}
      draw={draw}
      label={`Confusion of ${confusion.length} classes; the most frequent are listed below.`}
    />
  )
}

/** The most frequent mistakes, in words. */
function MostConfused({ confusion, names }: MatrixProps) {
  const pairs = confusion.flatMap((row, label) =>
    row.flatMap((count, predicted) =>
      label === predicted || count === 0 ? [] : [{ label, predicted, count }],
    ),
  )
  const most = pairs.sort((a, b) => b.count - a.count).slice(0, 5)
  if (most.length === 0) return null
  return (
    <p class="note">
      Most often:{' '}
      {most.map(({ label, predicted, count }, i) => (
        <span key={`${label} ${predicted}`}>
          {i > 0 && ', '}
          <b>{names[label]}</b> as {names[predicted]} ({count})
        </span>
      ))}
    </p>
  )
}

/** Precision, recall and F1 of each class. */
export function Classes({ classes }: { readonly classes: readonly ClassView[] }) {
  const shown = classes.filter(({ recall }) => recall !== undefined)
  if (shown.length === 0) return null
  const share = (value: number | undefined) => (value === undefined ? '–' : percent(value, 1))
  return (
    <Panel
      title="Classes"
      caption="Precision: how many of those called so are. Recall: how many of those that are so were found. A class with few samples is known less surely."
    >
      <Scroll label="Classes" class="tall">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">class</th>
              <th scope="col">precision</th>
              <th scope="col">recall</th>
              <th scope="col">F1</th>
              <th scope="col">samples</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ name, precision, recall, f1, support }) => (
              <tr key={name}>
                <th scope="row">{clip(name)}</th>
                <td>{share(precision)}</td>
                <td>
                  <span class="bar" style={{ '--share': `${100 * (recall ?? 0)}%` }}>
                    {share(recall)}
                  </span>
                </td>
                <td>{share(f1)}</td>
                <td>{support === undefined ? '–' : grouped(support)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  )
}

/** The samples with the highest loss. */
export function Worst({ worst }: { readonly worst: readonly WorstView[] }) {
  if (worst.length === 0) return null
  return (
    <Panel
      title="Worst samples"
      caption="The samples that surprise the network most. Look at them: they show wrong labels, odd pictures, and what the network has not understood."
    >
      <ol class="worst">
        {worst.map((sample, i) => (
          <WorstSample key={`${sample.sample} ${i}`} {...sample} />
        ))}
      </ol>
    </Panel>
  )
}

function WorstSample({ sample, label, predicted, probability, confidence, loss, image }: WorstView) {
  return (
    <li>
      {image && <img src={image} alt={`sample ${sample ?? ''}, ${label}`} loading="lazy" />}
      <div>
        <b>{clip(label)}</b>{' '}
        {label === predicted ? (
          'right, but unsure'
        ) : (
          <>
            taken for <b class="taken">{clip(predicted)}</b>
          </>
        )}
        <small>
          {[
            sample === undefined ? '' : `sample ${sample}`,
            confidence === undefined ? '' : `${percent(confidence, 1)} sure`,
            probability === undefined
              ? ''
              : `right class ${percent(probability, probability < 0.01 ? 3 : 1)}`,
            loss === undefined ? '' : `loss ${short(loss)}`,
          ]
            .filter(Boolean)
            .join(' · ')}
        </small>
      </div>
    </li>
  )
}
