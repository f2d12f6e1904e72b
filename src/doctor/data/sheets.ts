import { type Augmentations, flatten } from '../../augment/index.ts'
import { ensure, formatShape, Random, sizeOf } from '../../core/index.ts'
import { chunksOf, type Dataset, fitPreprocess, type Normalizer, standardize } from '../../data/index.ts'
import { Graph, input } from '../../graph/index.ts'
import { compileGraph } from '../../runtime/index.ts'
import { augmenterOf, contactSheet, type SheetPicture } from '../../train/index.ts'

/** Rows of a sheet, and pictures in a row. */
const ROWS = 10
const COLUMNS = 8
/** Training samples that the mean color is taken from. */
const FITTED = 2000

/**
 * Pictures of the training samples as a PNG: a row for each class, of at most 10; of numbers to predict, any.
 * @throws if the samples are no pictures.
 */
export async function samplesSheet(data: Dataset, seed = 0): Promise<Uint8Array> {
  expectPictures(data)
  const rows = rowsOf(data, seed)
  const order = rows.flat()
  const pictures = await rawPictures(data, order)
  const labels = order.map((sample) => labelOf(data, sample))
  return contactSheet(
    pictures.map((raw) => ({ shape: data.inputShape, data: inUnits(raw, data.inputRange) })),
    { columns: COLUMNS, labels, title: `${data.name}: training samples` },
  )
}

/**
 * What augmentations make of training samples, as a PNG: in each row a sample as it is, and as it would be seen in the first epochs.
 * @param name of what is done, for the title.
 * @throws if the samples are no pictures, or an augmentation does not fit them.
 */
export async function augmentationSheet(
  data: Dataset,
  augment: Augmentations,
  { name, seed = 0 }: { readonly name: string; readonly seed?: number },
): Promise<Uint8Array> {
  expectPictures(data)
  const chosen = rowsOf(data, seed).map(([first]) => first!)
  const originals = await rawPictures(data, chosen)
  const epochs = await augmented(data, { augment, seed, chosen, originals })
  const pictures = chosen.flatMap((_, row) => [
    inUnits(originals[row]!, data.inputRange),
    ...epochs.map((pictures) => pictures[row]!),
  ])
  const labels = chosen.flatMap((sample) => [
    labelOf(data, sample),
    ...epochs.map((_, epoch) => `epoch ${epoch + 1}`),
  ])
  return contactSheet(
    pictures.map((values): SheetPicture => ({ shape: data.inputShape, data: values })),
    { columns: COLUMNS, labels, title: `${data.name}: augmentation "${name}"` },
  )
}

interface Chosen {
  readonly augment: Augmentations
  readonly seed: number
  readonly chosen: readonly number[]
  readonly originals: readonly Float32Array[]
}

/** The chosen samples in each of the first epochs, in [0, 1]: what training would do to them, undone to colors. */
async function augmented(
  data: Dataset,
  { augment, seed, chosen, originals }: Chosen,
): Promise<Float32Array[][]> {
  const { inputShape: shape, inputRange, train } = data
  const indices = new Random('sheet', seed).permutation(train.count).subarray(0, FITTED)
  const { normalizer } = await fitPreprocess(standardize(), train, { indices })
  const recipe = { augment: flatten(augment), seed }
  const augmenter = await augmenterOf(recipe, data, { split: train, indices }, normalizer)
  const size = sizeOf(shape)
  const x = input('x', [chosen.length, ...shape])
  const drawn = augmenter!.inputs(chosen.length)
  const program = await compileGraph(new Graph([x, ...drawn], { y: augmenter!.apply(x, drawn) }))
  const batch = new Float32Array(chosen.length * size)
  const plane = size / shape[0]!
  originals.forEach((raw, row) => {
    batch.set(
      scaled(raw, plane, normalizer, (v, mean, std) => (v - mean) / std),
      row * size,
    )
  })
  const samples = Uint32Array.from(chosen)
  const epochs: Float32Array[][] = []
  for (let epoch = 0; epoch < COLUMNS - 1; epoch++) {
    const occasion = { epoch, samples }
    augmenter!.copy(batch, program.inputs.x!.data as Float32Array, occasion)
    drawn.forEach(({ name }, pass) => {
      augmenter!.fill(pass, occasion, program.inputs[name!]!.data as Float32Array)
    })
    await program.run()
    const made = program.outputs.y!.data as Float32Array
    epochs.push(
      chosen.map((_, row) => {
        const seen = made.subarray(row * size, (row + 1) * size)
        return inUnits(
          scaled(seen, plane, normalizer, (v, mean, std) => v * std + mean),
          inputRange,
        )
      }),
    )
  }
  return epochs
}

function scaled(
  values: Float32Array,
  plane: number,
  normalizer: Normalizer | undefined,
  rule: (value: number, mean: number, std: number) => number,
): Float32Array {
  return values.map((value, i) => {
    const channel = Math.floor(i / plane)
    return rule(value, normalizer?.mean[channel] ?? 0, normalizer?.std[channel] ?? 1)
  })
}

/** Raw values as shares of their range. */
const inUnits = (values: Float32Array, [low, high]: Dataset['inputRange']): Float32Array =>
  values.map((value) => (value - low) / (high - low))

/** Samples for the rows of a sheet, drawn at random: of each class, or of all. */
function rowsOf(data: Dataset, seed: number): number[][] {
  const { train } = data
  const order = new Random('sheet', seed).permutation(train.count)
  if (data.task === 'regression') {
    const some = [...order.subarray(0, ROWS * COLUMNS)]
    return Array.from({ length: ROWS }, (_, row) => some.slice(row * COLUMNS, (row + 1) * COLUMNS)).filter(
      (row) => row.length > 0,
    )
  }
  const shown = data.classes.map((_, c) => c).slice(0, ROWS)
  return shown
    .map((label) => {
      const row: number[] = []
      for (let i = 0; i < order.length && row.length < COLUMNS; i++)
        if (train.labels[order[i]!] === label) row.push(order[i]!)
      return row
    })
    .filter((row) => row.length > 0)
}

async function rawPictures(data: Dataset, samples: readonly number[]): Promise<Float32Array[]> {
  const size = sizeOf(data.inputShape)
  const pictures: Float32Array[] = []
  for await (const { inputs, samples: read } of chunksOf(data.train, Uint32Array.from(samples)))
    for (let i = 0; i < read.length; i++)
      pictures.push(Float32Array.from(inputs.subarray(i * size, (i + 1) * size)))
  return pictures
}

function labelOf(data: Dataset, sample: number): string {
  const { labels } = data.train
  return data.task === 'classification'
    ? data.classes[labels[sample]!]!
    : Number(labels[sample]).toPrecision(4)
}

function expectPictures({ name, inputShape }: Dataset): void {
  const [channels] = inputShape
  ensure(
    inputShape.length === 3 && (channels === 1 || channels === 3),
    `${name}: expected pictures [1 or 3, H, W] to draw, got samples of shape ${formatShape(inputShape)}`,
    'leave --out and --augment out',
  )
}
