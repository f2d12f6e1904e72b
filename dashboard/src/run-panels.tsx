import type { RunDetail } from '../../src/serve/api.ts'
import { Badge } from './badge.tsx'
import { count, duration, grouped, percent } from './format.ts'
import { Classes, Confusion, Worst } from './panels/evaluation.tsx'
import { Filters } from './panels/filters.tsx'
import { Findings } from './panels/findings.tsx'
import { Histograms } from './panels/histograms.tsx'
import {
  ActivationScale,
  DeadUnits,
  GradientFlow,
  GradientNorm,
  Saturation,
  UpdateRatios,
} from './panels/signals.tsx'

/** What is known of a single run, in words. */
export function RunFacts({ detail }: { readonly detail: RunDetail }) {
  const { row, facts } = detail
  const known: (readonly [string, string | undefined])[] = [
    ['test accuracy', row.testAccuracy === undefined ? undefined : percent(row.testAccuracy)],
    ['best epoch', row.bestEpoch === undefined ? undefined : String(row.bestEpoch)],
    ['steps', row.ofSteps ? `${grouped(row.steps)} of ${grouped(row.ofSteps)}` : grouped(row.steps)],
    ['time', row.seconds === undefined ? undefined : duration(row.seconds)],
    ['model', row.model],
    ['parameters', row.parameters === undefined ? undefined : count(row.parameters)],
    ...facts,
  ]
  return (
    <div class="facts">
      <Badge state={row.state} />
      <dl>
        {known.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      {row.unreadable > 0 && (
        <p class="note">
          {grouped(row.unreadable)} {row.unreadable === 1 ? 'line' : 'lines'} of the log could not be read:
          damaged, or written by another version. The rest is shown.
        </p>
      )}
    </div>
  )
}

/** Findings of a single run. */
export const RunFindings = ({ detail }: { readonly detail: RunDetail }) => (
  <Findings findings={detail.findings} notices={detail.notices} />
)

/** What can be seen of one run at a time: inside the network, and of its evaluation. */
export function RunPanels({ detail }: { readonly detail: RunDetail }) {
  const { statistics, evaluation } = detail
  return (
    <>
      {statistics && (
        <>
          <UpdateRatios statistics={statistics} />
          <GradientFlow statistics={statistics} />
          <DeadUnits statistics={statistics} />
          <Saturation statistics={statistics} />
          <GradientNorm statistics={statistics} />
          <ActivationScale statistics={statistics} />
          <Histograms statistics={statistics} />
          {statistics.filters && <Filters filters={statistics.filters} />}
        </>
      )}
      {evaluation && (
        <>
          <Confusion evaluation={evaluation} />
          <Worst worst={evaluation.worst} />
          <Classes classes={evaluation.classes} />
        </>
      )}
    </>
  )
}

/** What the page could show and the run does not have, and where it comes from. */
export function Absent({ detail: { statistics, evaluation, loss } }: { readonly detail: RunDetail }) {
  const sampled = 'statistics are sampled while a run trains; this one has none (yet)'
  const missing: (readonly [string, string])[] = [
    ...(loss ? [] : [['Curves', 'they come with the first training step'] as const]),
    ...(statistics
      ? []
      : [['Update ratios, gradient flow, activations by depth, dead units, filters', sampled] as const]),
    ...(statistics && !statistics.filters
      ? [['First filters', 'only networks that begin with a convolution of pictures have them'] as const]
      : []),
    ...(evaluation
      ? []
      : [
          [
            'Confusion matrix, classes, worst samples',
            'npx gradus evaluate RUN writes them to its folder',
          ] as const,
        ]),
  ]
  if (missing.length === 0) return null
  return (
    <section class="absent" aria-label="Not in this run">
      <h3>Not in this run</h3>
      <ul>
        {missing.map(([what, how]) => (
          <li key={what}>
            <b>{what}</b>: {how}
          </li>
        ))}
      </ul>
    </section>
  )
}
