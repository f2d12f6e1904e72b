import { fileURLToPath } from 'node:url'
import { ensure, GradusError } from '../../core/index.ts'
import { type MemoryClasses, type MemorySplit, makeDataset, makeSplit, takeSamples } from '../dataset.ts'
import { again, type FileBytes, grouped, openFolder, readBytes, readFirst } from '../files.ts'
import { stratify } from '../stratify.ts'
import { type DatasetSource, type DirectoryOptions, holdsAll } from './source.ts'

// As far from dist/data/sets/ as from src/data/sets/.
const SHIPPED = fileURLToPath(new URL('../../../assets/digits/digits.csv.gz', import.meta.url))
const FILE = 'digits.csv'
const COUNT = 1797
const TEST_COUNT = 360
const SHAPE = [1, 8, 8]
const PIXELS = 64
const INK = 16
const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

/** Optical recognition of handwritten digits (Alpaydin and Kaynak, 1998); see assets/digits. */
export const digitsSource: DatasetSource = {
  name: 'digits',
  description: 'small handwritten digits, 1,437 train / 360 test, 8x8x1, 10 classes; ships with Gradus',
  files: [],
  recognizes: (names) => holdsAll(names, [FILE]),
  load: digits,
}

/**
 * The handwritten digits that ship with Gradus: 1,437 images to train on and 360 to test on, [1, 8, 8] bytes from 0
 * (paper) to 16 (ink). The split is stratified by digit and always the same one.
 * @param options `dir` reads `digits.csv` or `digits.csv.gz` from there instead.
 * @throws if the file is missing or damaged.
 */
export async function digits({ dir }: DirectoryOptions = {}): Promise<MemoryClasses> {
  const all = parseDigits(await readDigits(dir))
  // The key is part of the data set: another one would be another split.
  const { taken, rest } = stratify(all.labels, TEST_COUNT, ['digits', 'test'])
  return makeDataset({
    name: 'digits',
    train: takeSamples(all, rest),
    test: takeSamples(all, taken),
    inputRange: [0, INK],
    classes: CLASSES,
  })
}

async function readDigits(dir: string | undefined): Promise<FileBytes> {
  if (dir === undefined) return { path: SHIPPED, bytes: await readBytes(SHIPPED) }
  const folder = await openFolder('digits', dir, 'leave the directory out: the digits ship with Gradus')
  return readFirst(folder, [FILE, `${FILE}.gz`])
}

/** Reads lines of 64 pixels and a label. */
function parseDigits({ path, bytes }: FileBytes): MemorySplit<Int32Array> {
  const lines = new TextDecoder().decode(bytes).trimEnd().split('\n')
  ensure(
    lines.length === COUNT,
    `${path}: expected ${grouped(COUNT)} lines, found ${grouped(lines.length)}`,
    again,
  )
  const pixels = new Uint8Array(COUNT * PIXELS)
  const labels = new Int32Array(COUNT)
  lines.forEach((line, i) => {
    const fields = line.trimEnd().split(',')
    const where = `${path}, line ${i + 1}`
    ensure(
      fields.length === PIXELS + 1,
      `${where}: expected ${PIXELS} pixels and a label, found ${fields.length} fields`,
    )
    for (let p = 0; p < PIXELS; p++) pixels[i * PIXELS + p] = wholeNumber(fields[p]!, INK, where)
    labels[i] = wholeNumber(fields[PIXELS]!, CLASSES.length - 1, where)
  })
  return makeSplit(pixels, labels, SHAPE, path)
}

function wholeNumber(text: string, largest: number, where: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= largest) return value
  throw new GradusError(`${where}: expected a whole number from 0 to ${largest}, found "${text}"`, [again])
}
