import { useState } from 'preact/hooks'
import type { StepCurve } from '../../../src/serve/api.ts'
import { grouped, isShare, percent, short, titled } from '../format.ts'
import { LineChart } from '../line-chart.tsx'
import type { Band, Line } from '../line-option.ts'
import { Key, Panel } from '../panel.tsx'
import type { ShownRun } from '../shown-run.ts'
import { useInks } from '../theme.ts'

interface RunsProps {
  readonly runs: readonly ShownRun[]
}

const captions: Readonly<Record<string, string>> = {
  loss: 'What training makes small. The shaded gap between training and validation is what the network learned by heart.',
  accuracy: 'Share of samples classified right. A gap that grows while training rises is over-fitting.',
}

/** Loss, and every other measure that the runs have: of training by step, of validation by epoch. */
export function Curves({ runs }: RunsProps) {
  const metrics = [...new Set(runs.flatMap(({ detail }) => Object.keys(detail.metrics)))]
  return (
    <>
      <Curve name="loss" runs={runs} curveOf={(run) => run.detail.loss} />
      {metrics.map((name) => (
        <Curve key={name} name={name} runs={runs} curveOf={(run) => run.detail.metrics[name]} />
      ))}
    </>
  )
}

interface CurveProps extends RunsProps {
  readonly name: string
  readonly curveOf: (run: ShownRun) => StepCurve | undefined
}

function Curve({ name, runs, curveOf }: CurveProps) {
  const inks = useInks()
  const [log, setLog] = useState(name === 'loss')
  const alone = runs.length === 1
  // A single run has a color for each side; several have one each, and validation is dashed with markers either way.
  const validationColor = (run: ShownRun) => (alone ? inks.runs[1]! : run.color)
  const lines = runs.flatMap((run) => linesOf(run, name, curveOf(run), validationColor(run), alone))
  const bands = runs.slice(0, 4).flatMap((run) => bandOf(run, name, validationColor(run)))
  const format = isShare(name) ? (value: number) => percent(value, 1).replace('.0%', '%') : short
  if (lines.length === 0) return null
  return (
    <Panel
      title={titled(name)}
      caption={captions[name] ?? 'A measure of the batches of training, and of validation after each epoch.'}
      tools={
        <>
          <Key color={alone ? runs[0]!.color : inks.soft}>train</Key>
          <Key color={alone ? inks.runs[1]! : inks.soft} dashed>
            validation
          </Key>
          <button type="button" class="quiet" aria-pressed={log} onClick={() => setLog(!log)}>
            log
          </button>
        </>
      }
    >
      <LineChart
        label={labelOf(name, runs, format)}
        lines={lines}
        bands={bands}
        log={log && lines.every(({ y }) => y.every((value) => value === null || value > 0))}
        format={format}
        range={isShare(name) ? [undefined, 1] : undefined}
      />
    </Panel>
  )
}

function linesOf(
  { id, color, symbol, detail }: ShownRun,
  name: string,
  curve: StepCurve | undefined,
  validationColor: string,
  alone: boolean,
): Line[] {
  const title = (side: string) => (alone ? side : `${id}, ${side}`)
  const points = detail.epochs.flatMap(({ x, validation }) => {
    const y = validation?.[name]
    return y === undefined ? [] : [{ x, y }]
  })
  return [
    ...(curve ? [{ ...curve.values, name: title('batches'), color, faint: true }] : []),
    ...(curve ? [{ ...curve.smooth, name: title('train'), color }] : []),
    ...(points.length > 0
      ? [
          {
            name: title('validation'),
            x: points.map(({ x }) => x),
            y: points.map(({ y }) => y),
            color: validationColor,
            dashed: true,
            symbol: points.length > 60 ? undefined : symbol,
          },
        ]
      : []),
  ]
}

/** The gap between training and validation at the ends of epochs. */
function bandOf({ detail }: ShownRun, name: string, color: string): Band[] {
  const ends = detail.epochs.flatMap(({ x, train, validation }) => {
    const [a, b] = [train[name], validation?.[name]]
    return a === undefined || b === undefined ? [] : [{ x, low: Math.min(a, b), high: Math.max(a, b) }]
  })
  if (ends.length < 2) return []
  return [
    { x: ends.map(({ x }) => x), low: ends.map(({ low }) => low), high: ends.map(({ high }) => high), color },
  ]
}

function labelOf(name: string, runs: readonly ShownRun[], format: (value: number) => string): string {
  const parts = runs.map(({ id, detail }) => {
    const last = detail.epochs.at(-1)
    const [train, validation] = [last?.train[name], last?.validation?.[name]]
    const sides = [
      train === undefined ? '' : `train ${format(train)}`,
      validation === undefined ? '' : `validation ${format(validation)}`,
    ]
    return `${id}: ${sides.filter(Boolean).join(', ') || 'no epoch is over yet'}`
  })
  return `${titled(name)} over the epochs. At the end, ${parts.join('; ')}.`
}

/** The learning rate over the epochs. */
export function Rate({ runs }: RunsProps) {
  return (
    <Simple
      runs={runs}
      title="Learning rate"
      caption="How far each update goes. Where it drops, the loss should settle; where it is too high, the loss jumps."
      curveOf={({ detail: { rate } }) => rate && { smooth: rate }}
      format={short}
    />
  )
}

/** Samples per second over the epochs. */
export function Throughput({ runs }: RunsProps) {
  return (
    <Simple
      runs={runs}
      title="Throughput"
      caption="Training samples per second. Dips are other work on this machine, or steps that wait for data."
      curveOf={(run) => run.detail.throughput}
      format={(value) => `${grouped(Math.round(value))}/s`}
      fromZero
    />
  )
}

interface SimpleProps extends RunsProps {
  readonly title: string
  readonly caption: string
  readonly curveOf: (run: ShownRun) => Partial<StepCurve> | undefined
  readonly format: (value: number) => string
  readonly fromZero?: boolean
}

function Simple({ runs, title, caption, curveOf, format, fromZero }: SimpleProps) {
  const lines = runs.flatMap((run): Line[] => {
    const { values, smooth } = curveOf(run) ?? {}
    const look = { name: runs.length === 1 ? title : run.id, color: run.color }
    return [
      ...(values ? [{ ...values, ...look, faint: true }] : []),
      ...(smooth ? [{ ...smooth, ...look }] : []),
    ]
  })
  if (lines.length === 0) return null
  const named = lines.filter(({ faint }) => !faint)
  const last = named.map(({ name, y }) => `${name} ${format(y.at(-1) ?? 0)}`).join('; ')
  return (
    <Panel title={title} caption={caption}>
      <LineChart
        label={`${title} over the epochs. At the end, ${last}.`}
        lines={lines}
        format={format}
        range={fromZero ? [0, undefined] : undefined}
      />
    </Panel>
  )
}
