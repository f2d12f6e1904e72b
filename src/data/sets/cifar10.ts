import { join } from 'node:path'
import { ensure, GradusError } from '../../core/index.ts'
import { type MemoryClasses, makeDataset } from '../dataset.ts'
import { again, type FileBytes, type Folder, findName, grouped, openFolder, readFirst } from '../files.ts'
import { CIFAR_PIXELS, type CifarBatch, joinBatches, linesOf, parseRecords } from './cifar-batch.ts'
import { parsePythonBatch, parsePythonNames } from './cifar-python.ts'
import { type DatasetSource, type DirectoryOptions, holdsAll } from './source.ts'

const TRAIN = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`)
const TEST = 'test_batch.bin'
const META = 'batches.meta.txt'
const PYTHON_META = 'batches.meta'
const FOLDER = 'cifar-10-batches-bin'
const PYTHON_FOLDER = 'cifar-10-batches-py'
const RECORD = 1 + CIFAR_PIXELS
const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']
const ADVICE =
  'get the binary version from https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz and unpack it there'

/** What the Python version calls a file. */
const pythonName = (name: string): string => name.replace('.bin', '')

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
  recognizes: (names) =>
    names.has(FOLDER) ||
    names.has(PYTHON_FOLDER) ||
    holdsAll(names, [...TRAIN, TEST]) ||
    holdsAll(names, [...TRAIN, TEST].map(pythonName)),
  load: loadCifar10,
}

/**
 * CIFAR-10 from its binary or its Python version: 50,000 + 10,000 photographs, [3, 32, 32] bytes, red, green and blue planes.
 * @param options `dir` is the directory with the six files (plain or gzipped), or the one that holds
 *   `cifar-10-batches-bin` or `cifar-10-batches-py`. Class names come from `batches.meta.txt` or `batches.meta` if it is
 *   there.
 * @throws if `dir` or a file is missing or damaged.
 */
export const cifar10 = (options: { dir: string | undefined }): Promise<MemoryClasses> => loadCifar10(options)

async function loadCifar10({ dir }: DirectoryOptions): Promise<MemoryClasses> {
  ensure(dir !== undefined, 'cifar10: expected the directory that holds its files, got none', ADVICE)
  const outer = await openFolder('cifar10', dir, ADVICE)
  const inner = [FOLDER, PYTHON_FOLDER].find((name) => outer.names.has(name))
  const folder = inner ? await openFolder('cifar10', join(dir, inner), ADVICE) : outer
  const [classes, batches] = await Promise.all([readClasses(folder), readBatches(folder)])
  return makeDataset({
    name: 'cifar10',
    train: joinBatches(batches.slice(0, TRAIN.length), CLASSES.length, 'cifar10'),
    test: joinBatches(batches.slice(TRAIN.length), CLASSES.length, 'cifar10'),
    inputRange: [0, 255],
    classes,
  })
}

async function readBatches(folder: Folder): Promise<CifarBatch[]> {
  const read = (name: string) => readFirst(folder, [name, `${name}.gz`])
  const isPython =
    findName(
      folder,
      TRAIN.map(pythonName).flatMap((name) => [name, `${name}.gz`]),
    ) !== undefined
  if (isPython) {
    const files = await Promise.all([...TRAIN, TEST].map((name) => read(pythonName(name))))
    return files.map((file) => parsePythonBatch(file, 'labels'))
  }
  const files = await Promise.all([...TRAIN, TEST].map(read))
  checkRecords(files)
  return files.map((file) => parseRecords(file))
}

async function readClasses(folder: Folder): Promise<readonly string[]> {
  const name = findName(folder, [META, PYTHON_META])
  if (name === undefined) return CLASSES
  const file = await readFirst(folder, [name])
  const names = name === META ? linesOf(file) : parsePythonNames(file, 'label_names')
  ensure(
    names.length === CLASSES.length,
    `${file.path}: expected ${CLASSES.length} class names, one a line, found ${names.length}`,
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
