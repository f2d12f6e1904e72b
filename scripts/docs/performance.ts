import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { code, markdownTable } from './markdown.ts'

type Cell = string | number | boolean | null
type Row = Readonly<Record<string, Cell>>

const results = (name: string) => fileURLToPath(new URL(`../../docs/results/${name}`, import.meta.url))
const read = <T>(name: string): T => JSON.parse(readFileSync(results(name), 'utf8')) as T

/** `docs/performance.md`, from what the benchmarks wrote to `docs/results/`. */
export function performancePage(): string {
  return `# Performance

<!-- Made by \`npm run docs\` from docs/results/; changes here are lost. -->

Measured on 2 cores of a server processor with AVX-512, float32, Node.js 20, beside PyTorch 2.15 on as many threads. Times
are medians, and those of shared machines; a ratio is the median of the ratios of rounds in which both sides took turns, so
it says more than the times do. Above 1 we are faster. How each is measured: [bench/README.md](../bench/README.md).

${benchmarks.map(section).join('\n\n')}

## What was tried

${markdownTable(
  ['what', 'measured', 'gain', 'kept'],
  read<readonly Row[]>('tried.json').map(({ what, measured, gain, kept }) => [
    text(what),
    text(measured),
    text(gain),
    kept ? 'yes' : 'no',
  ]),
)}
`
}

interface Benchmark {
  readonly name: string
  readonly about: string
  /** Columns by the names of the fields. */
  readonly columns: Readonly<Record<string, string>>
}

const benchmarks: readonly Benchmark[] = [
  {
    name: 'step',
    about:
      'A whole training step: forward, loss, backward and update by SGD with momentum, 128 samples. The ratios are to the ' +
      'faster of PyTorch’s two layouts, run eagerly and, where measured, through `torch.compile`.',
    columns: {
      model: 'model',
      gradusMs: 'gradus ms',
      torchMs: 'PyTorch ms',
      torchChannelsLastMs: 'channels-last ms',
      ratio: 'ratio',
      torchCompiledMs: 'torch.compile ms',
      compileRatio: 'ratio to it',
      gradusPeakMB: 'gradus MB',
      torchPeakMB: 'PyTorch MB',
      compileMs: 'compile and first step ms',
    },
  },
  {
    name: 'ops',
    about:
      'Single operators. `share of best` is our rate over the best that either side reached at any shape.',
    columns: {
      op: 'operator',
      shape: 'shape',
      gflops: 'gradus GFLOP/s',
      torchGflops: 'PyTorch GFLOP/s',
      ratio: 'ratio',
      shareOfBest: 'share of best',
    },
  },
  {
    name: 'optim',
    about: 'The update of 11 million parameters, beside the faster of PyTorch’s `foreach` and `fused`.',
    columns: { optimizer: 'optimizer', gradusMs: 'gradus ms', torchMs: 'PyTorch ms', ratio: 'ratio' },
  },
  {
    name: 'scale',
    about: 'A VGG-like network, one thing varied at a time.',
    columns: { axis: 'varied', value: 'value', gflop: 'GFLOP a step', gradusMs: 'ms', gflops: 'GFLOP/s' },
  },
  {
    name: 'data',
    about:
      'Images made ready for training, per second, beside torchvision’s transforms v2 in as many processes. We decode ' +
      'JPEGs by a cosine transform that is faster and less exact than torchvision’s: 0.8 of 255 darker on average.',
    columns: { case: 'work', gradus: 'gradus images/s', torchvision: 'torchvision images/s', ratio: 'ratio' },
  },
  {
    name: 'inspect',
    about: 'What it costs to look at activations, gradients and updates while training.',
    columns: {
      case: 'model',
      ms: 'ms',
      msWithStatistics: 'ms with statistics',
      overhead: 'share of the step',
    },
  },
  {
    name: 'peers',
    about: 'Other libraries that train in JavaScript, for each sample.',
    columns: {
      peer: 'library',
      model: 'model',
      batchSize: 'batch',
      peerMsPerSample: 'its ms',
      gradusMsPerSample: 'gradus ms',
      ratio: 'ratio',
      note: 'note',
    },
  },
]

/** Benchmarks that have not been run leave no table behind. */
function section({ name, about, columns }: Benchmark): string {
  const title = `## ${code(`npm run bench -- ${name}`)}\n\n${about}`
  if (!existsSync(results(`bench/${name}.json`))) return `${title} Not run yet.`
  const { rows } = read<{ rows: readonly Row[] }>(`bench/${name}.json`)
  const cells = rows.map((row) => Object.keys(columns).map((key) => text(row[key] ?? null)))
  return `${title}\n\n${markdownTable(Object.values(columns), cells)}`
}

const text = (cell: Cell | undefined): string => {
  if (cell === null || cell === undefined) return ''
  return typeof cell === 'number'
    ? cell.toLocaleString('en-US', { maximumSignificantDigits: 3 })
    : String(cell)
}
