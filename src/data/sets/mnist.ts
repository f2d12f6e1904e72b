import { ensure } from '../../core/index.ts'
import { checkLabels, type Dataset, makeDataset, makeSplit, type Split } from '../dataset.ts'
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
export const mnistSource = idxSource({
  name: 'mnist',
  description: 'handwritten digits, 60,000 train / 10,000 test, 28x28x1, 10 classes',
  home: 'https://storage.googleapis.com/cvdf-datasets/mnist/',
  classes: DIGITS,
})

/** Fashion-MNIST: pictures of clothes in MNIST's format (Xiao, Rasul and Vollgraf, 2017). */
export const fashionMnistSource = idxSource({
  name: 'fashion-mnist',
  description: 'pictures of clothes, 60,000 train / 10,000 test, 28x28x1, 10 classes',
  home: 'https://github.com/zalandoresearch/fashion-mnist',
  classes: GARMENTS,
})

/**
 * MNIST from its four IDX files, plain or gzipped: 60,000 + 10,000 digits, [1, 28, 28] bytes.
 * @throws if `dir` or a file is missing or damaged.
 */
export const mnist = (options: { dir: string | undefined }): Promise<Dataset> => mnistSource.load(options)

/**
 * Fashion-MNIST from its four IDX files, plain or gzipped: 60,000 + 10,000 pictures, [1, 28, 28] bytes.
 * @throws if `dir` or a file is missing or damaged.
 */
export const fashionMnist = (options: { dir: string | undefined }): Promise<Dataset> =>
  fashionMnistSource.load(options)

interface IdxSet {
  readonly name: string
  readonly description: string
  /** Where the files can be had. */
  readonly home: string
  readonly classes: readonly string[]
}

function idxSource({ name, description, home, classes }: IdxSet): DatasetSource {
  const files = [...FILES.train, ...FILES.test]
  const advice = `get ${files.join(', ')} (plain or .gz) from ${home}`
  return {
    name,
    description,
    files,
    async load({ dir }: DirectoryOptions) {
      ensure(dir !== undefined, `${name}: expected the directory that holds its files, got none`, advice)
      const folder = await openFolder(name, dir, advice)
      const [train, test] = await Promise.all([
        readSplit(folder, FILES.train, classes.length),
        readSplit(folder, FILES.test, classes.length),
      ])
      return makeDataset({ name, train, test, inputRange: [0, 255], classes })
    },
  }
}

async function readSplit(folder: Folder, names: readonly [string, string], classes: number): Promise<Split> {
  const [imageFile, labelFile] = await Promise.all(names.map((name) => readFirst(folder, variants(name))))
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
  checkLabels(labels.data, classes, labelFile!.path)
  return makeSplit(images.data, Int32Array.from(labels.data), [1, SIDE, SIDE], folder.dataset)
}

/** The names that people have a file by: the official one, with a dot as some archives have it, and both gzipped. */
function variants(official: string): string[] {
  const dotted = official.replace(/-(idx\d)/, '.$1')
  return [official, `${official}.gz`, dotted, `${dotted}.gz`]
}
