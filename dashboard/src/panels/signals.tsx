import { useState } from 'preact/hooks'
import type { Samples, StatisticsView } from '../../../src/serve/api.ts'
import { percent, short } from '../format.ts'
import { LineChart } from '../line-chart.tsx'
import type { Line } from '../line-option.ts'
import { Key, Panel } from '../panel.tsx'
import { type Inks, mix, useInks } from '../theme.ts'

interface StatisticsProps {
  readonly statistics: StatisticsView
}

/** Whether there is a number among samples. */
const some = (samples: Samples) => samples.some((value) => value !== null)

/** A line for each of several things in the order of the network: from the dark end of the colors to the light one. */
function byDepth(items: readonly { name: string; y: Samples }[], x: readonly number[], inks: Inks): Line[] {
  return items.map(({ name, y }, i) => ({
    name,
    x,
    y,
    color: mix(inks.depth, items.length > 1 ? i / (items.length - 1) : 0),
  }))
}

/** First and last: what the colors of depth mean. */
function DepthKey({ inks }: { readonly inks: Inks }) {
  return (
    <>
      <Key color={inks.depth[0]}>first layer</Key>
      <Key color={inks.depth[1]}>last</Key>
    </>
  )
}

/** How large updates are beside the weights. */
export function UpdateRatios({ statistics: { x, parameters } }: StatisticsProps) {
  const inks = useInks()
  const [all, setAll] = useState(false)
  const held = parameters.filter(({ updateRatio }) => some(updateRatio))
  const weights = held.filter(({ name }) => /weight[^.]*$/.test(name))
  const shown = all || weights.length === 0 ? held : weights
  if (held.length === 0) return null
  const lines = byDepth(
    shown.map(({ name, updateRatio }) => ({ name, y: updateRatio })),
    x,
    inks,
  )
  const ends = lines.flatMap(({ y }) => y.at(-1) ?? [])
  const span =
    ends.length > 0 ? ` At the end from ${short(Math.min(...ends))} to ${short(Math.max(...ends))}.` : ''
  return (
    <Panel
      title="Update ratios"
      caption="Size of an update by size of the weights. About 1e-3 is healthy: far above, the rate is too high; far below, too low."
      tools={
        <>
          <DepthKey inks={inks} />
          {weights.length > 0 && weights.length < held.length && (
            <button type="button" class="quiet" aria-pressed={all} onClick={() => setAll(!all)}>
              biases too
            </button>
          )}
        </>
      }
    >
      <LineChart
        label={`Update ratios of ${lines.length} parameters over the epochs.${span}`}
        lines={lines}
        level={{ at: 1e-3, name: '1e-3' }}
        log
        format={short}
      />
    </Panel>
  )
}

/** Shares of units that no sample makes active, and of outputs at the flat ends. */
export function DeadUnits({ statistics: { x, layers } }: StatisticsProps) {
  return (
    <Shares
      title="Dead units"
      caption="Share of units that were 0 for every sample of an epoch. They learn nothing more; a rate that is too high kills ReLUs."
      x={x}
      items={layers.filter(({ dead }) => some(dead)).map(({ name, dead }) => ({ name, y: dead }))}
    />
  )
}

export function Saturation({ statistics: { x, layers } }: StatisticsProps) {
  const held = layers.filter(({ saturated }) => some(saturated))
  return (
    <Shares
      title="Saturation"
      caption="Share of outputs at the flat ends of sigmoid or tanh, where hardly any gradient comes through."
      x={x}
      items={held.map(({ name, saturated }) => ({ name, y: saturated }))}
    />
  )
}

interface SharesProps {
  readonly title: string
  readonly caption: string
  readonly x: readonly number[]
  readonly items: readonly { name: string; y: Samples }[]
}

function Shares({ title, caption, x, items }: SharesProps) {
  const inks = useInks()
  if (items.length === 0) return null
  const lines = byDepth(items, x, inks)
  const ends = lines.map(({ name, y }) => `${name} ${percent(y.at(-1) ?? 0, 0)}`)
  return (
    <Panel title={title} caption={caption} tools={<DepthKey inks={inks} />}>
      <LineChart
        label={`${title} over the epochs. At the end: ${ends.join(', ')}.`}
        lines={lines}
        format={(value) => percent(value, value < 0.1 ? 1 : 0)}
        range={[0, undefined]}
      />
    </Panel>
  )
}

/** Scale of gradients from layer to layer. */
export function GradientFlow({ statistics }: StatisticsProps) {
  return (
    <Depth
      title="Gradient flow"
      caption="Scale of the gradient at each layer's output. It should be level: a slope towards the input means vanishing or exploding gradients."
      statistics={statistics}
      of="gradient"
    />
  )
}

/** Scale of activations from layer to layer. */
export function ActivationScale({ statistics }: StatisticsProps) {
  return (
    <Depth
      title="Activation scale"
      caption="Standard deviation of each layer's output. Level is good: a slope at the start means an initialization of the wrong scale."
      statistics={statistics}
      of="std"
    />
  )
}

interface DepthProps extends StatisticsProps {
  readonly title: string
  readonly caption: string
  readonly of: 'gradient' | 'std'
}

function Depth({ title, caption, statistics: { x, layers }, of }: DepthProps) {
  const inks = useInks()
  const held = layers.filter((layer) => some(layer[of]))
  if (held.length < 2) return null
  const moments = momentsOf(x.length)
  const lines = moments.map(
    (at, i): Line => ({
      name: `epoch ${Number(x[at]!.toFixed(2))}`,
      x: held.map((_, place) => place),
      y: held.map((layer) => layer[of][at] ?? null),
      color: i === moments.length - 1 ? inks.strong : mix(inks.depth, i / Math.max(1, moments.length - 1)),
      dashed: i < moments.length - 1,
      symbol: held.length > 40 ? undefined : i === moments.length - 1 ? 'circle' : 'emptyCircle',
    }),
  )
  const last = held.map((layer) => `${layer.name} ${short(layer[of].at(-1) ?? 0)}`)
  return (
    <Panel
      title={title}
      caption={caption}
      tools={lines.map(({ name, color, dashed }) => (
        <Key key={name} color={color} dashed={dashed}>
          {name}
        </Key>
      ))}
    >
      <LineChart
        label={`${title} by layer, at the end: ${last.join(', ')}.`}
        lines={lines}
        places={held.map(({ name, type }) => (/[a-z]/i.test(name) ? name : `${name} ${type}`))}
        log
        format={short}
      />
    </Panel>
  )
}

/** The first, the middle and the last of several samples. */
const momentsOf = (count: number): number[] => [...new Set([0, Math.floor(count / 2), count - 1])]

/** Norm of the whole gradient, and how noisy it is. */
export function GradientNorm({ statistics: { x, gradient } }: StatisticsProps) {
  const inks = useInks()
  const { norm, cosine, noise } = gradient
  if (!some(norm)) return null
  const last = [...noise].reverse().find((value) => value !== null)
  const steady = [...cosine].reverse().find((value) => value !== null)
  const facts = [
    last == null ? '' : ` Noise scale ${short(last)} samples: batches far below it gain from being larger.`,
    steady == null ? '' : ` Cosine to the step before ${short(steady)}.`,
  ]
  return (
    <Panel
      title="Gradient norm"
      caption={`Length of the gradient of all parameters. Spikes call for clipping.${facts.join('')}`}
    >
      <LineChart
        label={`Gradient norm over the epochs, at the end ${short(norm.at(-1) ?? 0)}.`}
        lines={[{ name: 'gradient norm', x, y: norm, color: inks.runs[0]! }]}
        log
        format={short}
      />
    </Panel>
  )
}
