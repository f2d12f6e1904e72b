import { ensure } from '../../core/index.ts'
import { checkLabels, type MemoryClasses, type MemorySplit, makeDataset, makeSplit } from '../dataset.ts'
import { type Folder, grouped, openFolder, readFirst } from '../files.ts'
import { parseIdx } from '../idx.ts'
import type { DatasetSource, DirectoryOptions } from './source.ts'

const FILES = {
  train: ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'],
  test: ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'],
} as const
const SIDE = 28

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']
const GARMENTS = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
]

/** MNIST: handwritten digits (LeCun, Cortes and Burges, 1998). */
const mnistSet: IdxSet = {
  name: 'mnist',
  description: 'handwritten digits, 60,000 train / 10,000 test, 28x28x1, 10 classes',
  home: 'https://storage.googleapis.com/cvdf-datasets/mnist/',
  classes: DIGITS,
  content: 'digits',
  firstLabels: { train: '5041921314', test: '7210414959' },
  mirrors: [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
  ],
  md5: [
    'f68b3c2dcbeaaa9fbdd348bbdeb94873',
    'd53e105ee54ea40749a09fcbcd1e9432',
    '9fb629c4189551a2d022fa330f9573f3',
    'ec29112dd5afa0611ce80d1b7f02629c',
  ],
}

/** Fashion-MNIST: pictures of clothes in MNIST's format (Xiao, Rasul and Vollgraf, 2017). */
const fashionMnistSet: IdxSet = {
  name: 'fashion-mnist',
  description: 'pictures of clothes, 60,000 train / 10,000 test, 28x28x1, 10 classes',
  home: 'https://github.com/zalandoresearch/fashion-mnist',
  classes: GARMENTS,
  content: 'clothes',
  firstLabels: { train: '9003027255', test: '9211614657' },
  mirrors: ['http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/'],
  md5: [
    '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
    '25c81989df183df01b3e8a0aad5dffbe',
    'bef4ecab320f06d8554ea6380940ec79',
    'bb300cfdad3c16e7a12a480ee83cd310',
  ],
}

/** {@link mnist}, to be asked for by name. */
export const mnistSource = idxSource(mnistSet)
/** {@link fashionMnist}, to be asked for by name. */
export const fashionMnistSource = idxSource(fashionMnistSet)

/**
 * MNIST from its four IDX files, plain or gzipped: 60,000 + 10,000 digits, [1, 28, 28] bytes.
 * @throws if `dir` or a file is missing or damaged, or if the files are those of Fashion-MNIST.
 */
export const mnist = (options: { dir: string | undefined }): Promise<MemoryClasses> =>
  mnistSource.load(options)

/**
 * Fashion-MNIST from its four IDX files, plain or gzipped: 60,000 + 10,000 pictures, [1, 28, 28] bytes.
 * @throws if `dir` or a file is missing or damaged, or if the files are those of MNIST.
 */
export const fashionMnist = (options: { dir: string | undefined }): Promise<MemoryClasses> =>
  fashionMnistSource.load(options)

interface IdxSet {
  readonly name: string
  readonly description: string
  /** Where the files can be had. */
  readonly home: string
  readonly classes: readonly string[]
  /** What the images show. */
  readonly content: string
  /** The classes of the first ten images: the files of all such sets have the same names, and here they differ. */
  readonly firstLabels: Readonly<Record<keyof typeof FILES, string>>
  /** Addresses of folders with the gzipped files. */
  readonly mirrors: readonly string[]
  /** Of the gzipped files, in the order of {@link FILES}. */
  readonly md5: readonly string[]
}

function idxSource(set: IdxSet): DatasetSource<MemoryClasses> {
  const { name, description, home, classes } = set
  const files = [...FILES.train, ...FILES.test]
  const advice = `get ${files.join(', ')} (plain or .gz) from ${home}`
  return {
    name,
    description,
    files,
    remote: files.map((file, i) => ({
      name: `${file}.gz`,
      urls: set.mirrors.map((mirror) => `${mirror}${file}.gz`),
      md5: set.md5[i]!,
    })),
    recognizes: (names) => FILES.train.every((name) => variants(name).some((n) => names.has(n))),
    async load({ dir }: DirectoryOptions) {
      ensure(dir !== undefined, `${name}: expected the directory that holds its files, got none`, advice)
      const folder = await openFolder(name, dir, advice)
      const [train, test] = await Promise.all([
        readSplit(folder, set, 'train'),
        readSplit(folder, set, 'test'),
      ])
      return makeDataset({ name, train, test, inputRange: [0, 255], classes })
    },
  }
}

async function readSplit(
  folder: Folder,
  set: IdxSet,
  split: keyof typeof FILES,
): Promise<MemorySplit<Int32Array>> {
  const [imageFile, labelFile] = await Promise.all(
    FILES[split].map((name) => readFirst(folder, variants(name))),
  )
  const images = parseIdx(imageFile!, 3)
  const labels = parseIdx(labelFile!, 1)
  const [count = 0, height, width] = images.shape
  ensure(
    height === SIDE && width === SIDE,
    `${imageFile!.path}: expected images of ${SIDE} x ${SIDE}, found ${height} x ${width}`,
  )
  ensure(
    count === labels.data.length,
    `${imageFile!.path}: expected as many images as labels, found ${grouped(count)} images and ` +
      `${grouped(labels.data.length)} labels`,
    `the labels are in ${labelFile!.path}; both files must be of the same split`,
  )
  checkLabels(labels.data, set.classes.length, labelFile!.path)
  expectOwn(set, split, labels.data, labelFile!.path)
  return makeSplit(images.data, Int32Array.from(labels.data), [1, SIDE, SIDE], folder.dataset)
}

/** Fails if the labels are those of another set. What is neither is taken: people put sets of their own into this format. */
function expectOwn(set: IdxSet, split: keyof typeof FILES, labels: Uint8Array, path: string): void {
  const first = labels.subarray(0, 10).join('')
  const other = [mnistSet, fashionMnistSet].find((one) => one !== set && one.firstLabels[split] === first)
  ensure(
    !other,
    `${path}: expected the files of ${set.name} (${set.content}), found those of ${other?.name} (${other?.content})`,
    `train ${other?.name} with them, or get the files of ${set.name} from ${set.home}`,
  )
}

/** The names that people have a file by: the official one, with a dot as some archives have it, and both gzipped. */
function variants(official: string): string[] {
  const dotted = official.replace(/-(idx\d)/, '.$1')
  return [official, `${official}.gz`, dotted, `${dotted}.gz`]
}
