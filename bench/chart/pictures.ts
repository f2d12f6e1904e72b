import type { DataRow } from '../data.ts'
import type { OpRow } from '../ops.ts'
import type { PeerRow } from '../peers.ts'
import type { ScaleResult } from '../scale.ts'
import { scaleAxes } from '../scale.ts'
import type { StepRow } from '../step.ts'
import { barChart } from './bars.ts'
import { panelChart } from './panels.ts'

/** How much faster than PyTorch a training step is, network by network; our step alone where there is no PyTorch. */
export function stepPicture(rows: readonly StepRow[]): string {
  const labels = rows.map(({ model }) => model)
  if (rows.every(({ ratio }) => ratio === null)) {
    return barChart({
      title: 'A training step',
      subtitle: 'milliseconds, the median; shorter is better',
      labels,
      bars: [{ name: 'gradus', values: rows.map(({ gradusMs }) => gradusMs) }],
      unit: 'ms',
    })
  }
  const compiled = { name: 'torch.compile / gradus', values: rows.map(({ compileRatio }) => compileRatio) }
  return barChart({
    title: 'A training step beside PyTorch',
    subtitle: "PyTorch's time / ours, in its better layout: above 1 we are faster",
    labels,
    bars: [
      { name: 'eager / gradus', values: rows.map(({ ratio }) => ratio) },
      ...(compiled.values.some((value) => value !== null) ? [compiled] : []),
    ],
    unit: 'ratio of times',
    reference: { value: 1, name: '' },
  })
}

/** The rates of the operators. */
export function opsPicture(rows: readonly OpRow[]): string {
  const torch = { name: 'PyTorch', values: rows.map(({ torchGflops }) => torchGflops) }
  return barChart({
    title: 'Operators of training',
    subtitle: '10^9 operations of float numbers in a second; longer is better',
    labels: rows.map(({ op, shape }) => `${op} ${shape}`),
    bars: [
      { name: 'gradus', values: rows.map(({ gflops }) => gflops) },
      ...(torch.values.some((value) => value !== null) ? [torch] : []),
    ],
    unit: 'GFLOP/s',
  })
}

/** How many times longer other libraries take. */
export function peersPicture(rows: readonly PeerRow[]): string {
  const measured = rows.filter(({ ratio }) => ratio !== null)
  return barChart({
    title: 'A training step beside other libraries for JavaScript',
    subtitle: 'their time / ours for each sample, at the same batch size',
    labels: measured.map(({ model, peer, batchSize }) => `${model}, ${peer}, batch ${batchSize}`),
    bars: [{ name: 'times faster', values: measured.map(({ ratio }) => ratio) }],
    unit: 'ratio of times',
    scale: 'log',
  })
}

/** The time of a step against what is varied, with the line of time in proportion to work. */
export function scalePicture({ rows, exponents }: ScaleResult): string {
  const panels = scaleAxes.map((axis) => {
    const own = rows.filter((row) => row.axis === axis)
    const first = own[0]!
    const share =
      axis === 'threads' ? (n: number) => 1 / n : (_: number, gflop: number) => gflop / first.gflop
    const exponent = exponents[axis]
    const law = exponent === null ? '' : `: ${axis === 'threads' ? 'threads' : 'work'}^${exponent.toFixed(2)}`
    return {
      name: `ms along ${axis}${law}`,
      unit: axis,
      points: own.map(({ value, gradusMs }) => [value, gradusMs] as const),
      ideal: own.map(({ value, gflop }) => [value, first.gradusMs * share(value, gflop)] as const),
    }
  })
  return panelChart({
    title: 'How the time of a step grows',
    subtitle:
      'a network like VGG; dashed: in proportion to the work from the first point on (threads: 1 / threads)',
    panels,
  })
}

/** How much faster than torchvision images are made ready; our rates alone where it is missing. */
export function dataPicture(rows: readonly DataRow[]): string {
  const labels = rows.map((row) => row.case)
  if (rows.every(({ ratio }) => ratio === null)) {
    return barChart({
      title: 'Images made ready for training',
      subtitle: 'images per second; longer is better',
      labels,
      bars: [{ name: 'gradus', values: rows.map(({ gradus }) => gradus) }],
      unit: 'images/s',
    })
  }
  return barChart({
    title: 'Images made ready for training, beside torchvision',
    subtitle: 'our images per second / theirs: above 1 we are faster',
    labels,
    bars: [{ name: 'gradus / torchvision', values: rows.map(({ ratio }) => ratio) }],
    unit: 'ratio of rates',
    reference: { value: 1, name: '' },
  })
}
