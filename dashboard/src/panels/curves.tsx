import { useState } from 'preact/hooks'
import type { RunDetail, StepCurve } from '../../../src/serve/api.ts'
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
  const metrics = [...new Set(runs.flatMap(({ detail }) => namesOf(detail)))]
  return (
    <>
      <Curve name="loss" runs={runs} curveOf={(run) => run.detail.loss} />
      {metrics.map((name) => (
        <Curve key={name} name={name} runs={runs} curveOf={(run) => run.detail.metrics[name]} />
      ))}
    </>
  )
}

/** The measures of steps and of epochs, without the loss. */
const namesOf = ({ metrics, epochs }: RunDetail): string[] =>
  [metrics, ...epochs.flatMap(({ train, validation = {} }) => [train, validation])]
    .flatMap((scores) => Object.keys(scores))
    .filter((name) => name !== 'loss')

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
  const isLog = log && lines.every(({ y }) => y.every((value) => value === null || value > 0))
  const bands = runs
    .slice(0, 4)
    .flatMap((run) => bandOf(run, name, curveOf(run), { color: validationColor(run), log: isLog }))
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
        log={isLog}
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
  const points = (side: 'train' | 'validation') => {
    const held = detail.epochs.filter((epoch) => epoch[side]?.[name] !== undefined)
    return { x: held.map(({ x }) => x), y: held.map((epoch) => epoch[side]![name]!) }
  }
  const [train, validation] = [points('train'), points('validation')]
  return [
    ...(curve ? [{ ...curve.values, name: title('batches'), color, faint: true }] : []),
    ...(curve ? [{ ...curve.smooth, name: title('train'), color }] : []),
    // What is measured by epoch only has a point for each.
    ...(!curve && train.x.length > 0 ? [{ ...train, name: title('train'), color }] : []),
    ...(validation.x.length > 0
      ? [
          {
            ...validation,
            name: title('validation'),
            color: validationColor,
            dashed: true,
            symbol: validation.x.length > 60 ? undefined : symbol,
          },
        ]
      : []),
  ]
}

/** The gap between the line of training and that of validation, where there are both. */
function bandOf(
  { detail: { epochs } }: ShownRun,
  name: string,
  curve: StepCurve | undefined,
  { color, log }: { readonly color: string; readonly log: boolean },
): Band[] {
  const ends = epochs.filter(({ validation }) => validation?.[name] !== undefined)
  if (!curve || ends.length < 2) return []
  const [xs, ys] = [ends.map(({ x }) => x), ends.map(({ validation }) => validation![name]!)]
  const { x: steps, y: train } = curve.smooth
  const places = [...new Set([...xs, ...steps])].filter((at) => at >= xs[0]! && at <= xs.at(-1)!)
  const sides = places
    .sort((a, b) => a - b)
    .map((at) => [valueAt(at, xs, ys, log), valueAt(at, steps, train, log)] as const)
  const [low, high] = [sides.map((side) => Math.min(...side)), sides.map((side) => Math.max(...side))]
  return [{ x: places, low, high, color }]
}

/** Where a line is between its points: as it is drawn, on a logarithmic axis or another. */
function valueAt(at: number, x: readonly number[], y: readonly number[], log: boolean): number {
  const next = x.findIndex((place) => place >= at)
  if (next <= 0) return y.at(next)!
  const [left, right] = [x[next - 1]!, x[next]!]
  const share = right > left ? (at - left) / (right - left) : 1
  const [a, b] = [y[next - 1]!, y[next]!]
  return log ? a * (b / a) ** share : a + (b - a) * share
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
