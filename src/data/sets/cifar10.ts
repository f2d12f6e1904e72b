import { join } from 'node:path'
import { ensure, GradusError } from '../../core/index.ts'
import { checkLabels, type MemoryClasses, type MemorySplit, makeDataset, makeSplit } from '../dataset.ts'
import { again, type FileBytes, type Folder, findName, grouped, openFolder, readFirst } from '../files.ts'
import { type DatasetSource, type DirectoryOptions, holdsAll } from './source.ts'

const TRAIN = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`)
const TEST = 'test_batch.bin'
const META = 'batches.meta.txt'
const FOLDER = 'cifar-10-batches-bin'
const SHAPE = [3, 32, 32]
const PIXELS = 3 * 32 * 32
const RECORD = 1 + PIXELS
const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']
const ADVICE =
  'get the binary version from https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz and unpack it there'

/** CIFAR-10 (Krizhevsky, 2009). */
export const cifar10Source: DatasetSource = {
  name: 'cifar10',
  description: 'small color photographs, 50,000 train / 10,000 test, 32x32x3, 10 classes',
  files: [...TRAIN, TEST],
  remote: [
    {
      name: `${FOLDER}.tar.gz`,
      urls: ['https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'],
      md5: 'c32a1d4ab5d03f1284b67883e8d87530',
    },
  ],
  recognizes: (names) => names.has(FOLDER) || holdsAll(names, [...TRAIN, TEST]),
  load: loadCifar10,
}

/**
 * CIFAR-10 from its binary version: 50,000 + 10,000 photographs, [3, 32, 32] bytes, red, green and blue planes.
 * @param options `dir` is the directory with the six `.bin` files (plain or gzipped), or the one that holds
 *   `cifar-10-batches-bin`. Class names come from `batches.meta.txt` if it is there.
 * @throws if `dir` or a file is missing or damaged.
 */
export const cifar10 = (options: { dir: string | undefined }): Promise<MemoryClasses> => loadCifar10(options)

async function loadCifar10({ dir }: DirectoryOptions): Promise<MemoryClasses> {
  ensure(dir !== undefined, 'cifar10: expected the directory that holds its files, got none', ADVICE)
  const outer = await openFolder('cifar10', dir, ADVICE)
  const folder = outer.names.has(FOLDER) ? await openFolder('cifar10', join(dir, FOLDER), ADVICE) : outer
  const [classes, files] = await Promise.all([
    readClasses(folder),
    Promise.all([...TRAIN, TEST].map((name) => readFirst(folder, [name, `${name}.gz`]))),
  ])
  checkRecords(files)
  return makeDataset({
    name: 'cifar10',
    train: parseRecords(files.slice(0, TRAIN.length)),
    test: parseRecords(files.slice(TRAIN.length)),
    inputRange: [0, 255],
    classes,
  })
}

async function readClasses(folder: Folder): Promise<readonly string[]> {
  if (findName(folder, [META]) === undefined) return CLASSES
  const { path, bytes } = await readFirst(folder, [META])
  const lines = new TextDecoder().decode(bytes).split('\n')
  const names = lines.map((line) => line.trim()).filter((line) => line !== '')
  ensure(
    names.length === CLASSES.length,
    `${path}: expected ${CLASSES.length} class names, one a line, found ${names.length}`,
    `put them right, or remove the file to use ${CLASSES.join(', ')}`,
  )
  return names
}

/** Whole records, equally many in every file: a file cut off between two records would otherwise go unnoticed. */
function checkRecords(files: readonly FileBytes[]): void {
  for (const { path, bytes } of files) {
    if (bytes.length % RECORD === 0) continue
    throw new GradusError(
      `${path}: expected whole records of ${grouped(RECORD)} bytes, found ${grouped(bytes.length)} bytes ` +
        '(official files have 10,000 records, 30,730,000 bytes)',
      [again],
    )
  }
  const longest = files.reduce((a, b) => (b.bytes.length > a.bytes.length ? b : a))
  const short = files.find(({ bytes }) => bytes.length < longest.bytes.length)
  if (!short) return
  throw new GradusError(
    `${short.path} is truncated: expected ${grouped(longest.bytes.length)} bytes, as many as ${longest.path} has, ` +
      `found ${grouped(short.bytes.length)}`,
    [again],
  )
}

/** Takes records (a label byte, then the pixels) of several files apart, into one split. */
function parseRecords(files: readonly FileBytes[]): MemorySplit<Int32Array> {
  const counts = files.map(({ bytes }) => bytes.length / RECORD)
  const total = counts.reduce((a, b) => a + b, 0)
  const pixels = new Uint8Array(total * PIXELS)
  const labels = new Int32Array(total)
  let at = 0
  files.forEach(({ path, bytes }, f) => {
    const count = counts[f]!
    for (let i = 0; i < count; i++) {
      labels[at + i] = bytes[i * RECORD]!
      pixels.set(bytes.subarray(i * RECORD + 1, (i + 1) * RECORD), (at + i) * PIXELS)
    }
    checkLabels(labels.subarray(at, at + count), CLASSES.length, path)
    at += count
  })
  return makeSplit(pixels, labels, SHAPE, 'cifar10')
}
