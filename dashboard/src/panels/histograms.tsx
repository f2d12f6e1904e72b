import { useCallback, useState } from 'preact/hooks'
import type { HistogramView, LayerView, StatisticsView } from '../../../src/serve/api.ts'
import { Drawing } from '../drawing.tsx'
import { percent, short } from '../format.ts'
import { Panel } from '../panel.tsx'
import { type Inks, mix, useInks } from '../theme.ts'

/** Layers that are shown at first. */
const FEW = 12

/** Activations of each layer, in the order of the network: a hill for each moment, the oldest at the back. */
export function Histograms({ statistics }: { readonly statistics: StatisticsView }) {
  const [all, setAll] = useState(false)
  const layers = statistics.layers.filter(({ histograms }) => histograms.length > 0)
  if (layers.length === 0) return null
  const shown = all ? layers : layers.slice(0, FEW)
  return (
    <Panel
      wide
      title="Activations by depth"
      caption="Histograms of each layer's output, from the start of training (back) to now (front). They should stay spread: hills that shrink to a spike carry no signal, hills at the ends are saturated."
      tools={
        layers.length > FEW && (
          <button type="button" class="quiet" aria-pressed={all} onClick={() => setAll(!all)}>
            all {layers.length} layers
          </button>
        )
      }
    >
      <div class="ridges">
        {shown.map((layer) => (
          <Ridge key={layer.name} layer={layer} />
        ))}
      </div>
    </Panel>
  )
}

function Ridge({ layer }: { readonly layer: LayerView }) {
  const inks = useInks()
  const { name, type, histograms, zeros, mean, std } = layer
  const draw = useCallback(
    (context: CanvasRenderingContext2D, width: number, height: number) =>
      drawRidge(context, width, height, layer, inks),
    [layer, inks],
  )
  const from = Math.min(...histograms.map((held) => held.from))
  const to = Math.max(...histograms.map((held) => held.to))
  const zero = zeros.at(-1)
  const facts = `mean ${short(mean.at(-1) ?? 0)}, std ${short(std.at(-1) ?? 0)}`
  const zeroText = zero == null || zero === 0 ? '' : ` · ${percent(zero, 0)} zeros`
  return (
    <figure>
      <figcaption>
        <b>{name || 'output'}</b> {type}
        {zeroText}
      </figcaption>
      <Drawing
        height={104}
        draw={draw}
        label={`${name}, ${type}: from ${short(from)} to ${short(to)}, now ${facts}${zeroText}.`}
      />
      <div class="ends">
        <span>{short(from)}</span>
        <span>{facts}</span>
        <span>{short(to)}</span>
      </div>
    </figure>
  )
}

function drawRidge(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  { histograms, zeros }: LayerView,
  inks: Inks,
): void {
  const low = Math.min(...histograms.map(({ from }) => from))
  const high = Math.max(...histograms.map(({ to }) => to))
  const place = (value: number) => (high > low ? ((value - low) / (high - low)) * width : width / 2)
  const hill = height * 0.5
  histograms.forEach((held, i) => {
    const last = i === histograms.length - 1
    const base = hill + ((height - hill - 2) * (i + 1)) / histograms.length
    const heights = densities(held, zeros[held.at] ?? 0)
    const bin = (held.to - held.from) / heights.length
    context.beginPath()
    context.moveTo(place(held.from), base)
    for (const [at, share] of heights.entries())
      context.lineTo(place(held.from + (at + 0.5) * bin), base - share * hill)
    context.lineTo(place(held.to), base)
    context.closePath()
    context.fillStyle = mix([inks.panel, inks.runs[0]!], last ? 0.55 : 0.12 + (0.2 * i) / histograms.length)
    context.fill()
    context.strokeStyle = last ? inks.strong : mix([inks.panel, inks.soft], 0.7)
    context.lineWidth = last ? 1.4 : 0.7
    context.stroke()
  })
  if (low < 0 && high > 0) {
    context.fillStyle = inks.soft
    context.globalAlpha = 0.5
    context.fillRect(place(0), 0, 1, height)
    context.globalAlpha = 1
  }
}

/**
 * Heights of the bins, the highest 1. Numbers that are exactly 0 are left out: half of all after a ReLU, they would press the
 * rest flat.
 */
function densities({ from, to, counts }: HistogramView, zeros: number): number[] {
  const bins = [...counts]
  const total = bins.reduce((sum, count) => sum + count, 0)
  const at = Math.min(bins.length - 1, Math.floor(((0 - from) / (to - from || 1)) * bins.length))
  if (at >= 0 && from <= 0 && to >= 0) bins[at] = Math.max(0, bins[at]! - Math.round(zeros * total))
  const highest = Math.max(...bins)
  return bins.map((count) => (highest > 0 ? count / highest : 0))
}
