import { join } from 'node:path'
import { ensure } from '../../core/index.ts'
import { type MemoryClasses, makeDataset } from '../dataset.ts'
import { again, type FileBytes, type Folder, findName, grouped, openFolder, readFirst } from '../files.ts'
import { CIFAR_PIXELS, joinBatches, linesOf, parseRecords } from './cifar-batch.ts'
import { parsePythonBatch, parsePythonNames } from './cifar-python.ts'
import { type DatasetSource, type DirectoryOptions, holdsAll } from './source.ts'

export interface Cifar100Options {
  /** The directory with the files, or the one that holds `cifar-100-binary` or `cifar-100-python`. */
  dir: string | undefined
  /** 100 classes (`fine`, the default), or the 20 groups of five that they form (`coarse`). */
  labels?: 'fine' | 'coarse'
}

const BINARY = 'cifar-100-binary'
const PYTHON = 'cifar-100-python'
const SIDES = ['train', 'test'] as const
const BINARY_FILES = SIDES.map((side) => `${side}.bin`)
const COUNTS = { fine: 100, coarse: 20 } as const
/** The group, the class, the pixels. */
const RECORD = 2 + CIFAR_PIXELS
const ADVICE =
  'get the binary version from https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz and unpack it there'

/** CIFAR-100 (Krizhevsky, 2009). */
export const cifar100Source: DatasetSource<MemoryClasses> = {
  name: 'cifar100',
  description: 'small color photographs, 50,000 train / 10,000 test, 32x32x3, 100 classes',
  files: BINARY_FILES,
  remote: [
    {
      name: `${BINARY}.tar.gz`,
      urls: ['https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz'],
      md5: '03b5dce01913d631647c71ecec9e9cb8',
    },
  ],
  recognizes: (names) =>
    names.has(BINARY) ||
    names.has(PYTHON) ||
    holdsAll(names, [...BINARY_FILES, 'fine_label_names.txt']) ||
    holdsAll(names, [...SIDES, 'meta']),
  load: ({ dir }: DirectoryOptions) => cifar100({ dir }),
}

/**
 * CIFAR-100 from its binary or its Python version, plain or gzipped: 50,000 + 10,000 photographs, [3, 32, 32] bytes, red,
 * green and blue planes.
 * @throws if `dir` or a file is missing or damaged.
 */
export async function cifar100({ dir, labels = 'fine' }: Cifar100Options): Promise<MemoryClasses> {
  ensure(dir !== undefined, 'cifar100: expected the directory that holds its files, got none', ADVICE)
  ensure(
    labels === 'fine' || labels === 'coarse',
    `cifar100: expected labels 'fine' or 'coarse', got ${JSON.stringify(labels)}`,
  )
  const outer = await openFolder('cifar100', dir, ADVICE)
  const inner = [BINARY, PYTHON].find((name) => outer.names.has(name))
  const folder = inner ? await openFolder('cifar100', join(dir, inner), ADVICE) : outer
  const isPython = findName(folder, ['meta', 'meta.gz']) !== undefined
  const read = (name: string) => readFirst(folder, [name, `${name}.gz`])
  const [train, test] = await Promise.all(
    SIDES.map(async (side) => {
      if (isPython) return parsePythonBatch(await read(side), `${labels}_labels`)
      return parseRecords(whole(await read(`${side}.bin`)), { labels: 2, label: labels === 'fine' ? 1 : 0 })
    }),
  )
  const classes = await readNames(folder, isPython, labels)
  return makeDataset({
    name: 'cifar100',
    train: joinBatches([train!], COUNTS[labels], 'cifar100'),
    test: joinBatches([test!], COUNTS[labels], 'cifar100'),
    inputRange: [0, 255],
    classes,
  })
}

function whole(file: FileBytes): FileBytes {
  const { path, bytes } = file
  ensure(
    bytes.length % RECORD === 0,
    `${path}: expected whole records of ${grouped(RECORD)} bytes, found ${grouped(bytes.length)} bytes`,
    again,
  )
  return file
}

async function readNames(
  folder: Folder,
  isPython: boolean,
  labels: 'fine' | 'coarse',
): Promise<readonly string[]> {
  const file = await readFirst(folder, isPython ? ['meta', 'meta.gz'] : [`${labels}_label_names.txt`])
  const names = isPython ? parsePythonNames(file, `${labels}_label_names`) : linesOf(file)
  ensure(
    names.length === COUNTS[labels],
    `${file.path}: expected ${COUNTS[labels]} class names, found ${names.length}`,
    again,
  )
  return names
}
