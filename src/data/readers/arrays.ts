import { basename, extname } from 'node:path'
import {
  type DType,
  decodeSafetensors,
  ensure,
  ensureKnownOptions,
  GradusError,
  nearest,
  type Tensor,
} from '../../core/index.ts'
import { readBytes } from '../files.ts'
import {
  type ArrayData,
  type ArrayOptions,
  type ArrayPair,
  arrayDataset,
  type Named,
} from './array-dataset.ts'
import { halfOf, type NumberArray, parseNpy } from './npy.ts'
import { listZip } from './zip.ts'

export interface NpyOptions extends ArrayOptions {
  /** The file of the inputs, [N, ...]. */
  inputs: string
  /** The file of the labels, [N], or of the numbers to predict, [N, targets]. */
  labels: string
  /** Files of the samples to test on; without them a part of the others is set apart. */
  test?: { inputs: string; labels: string }
}

export interface ArchiveOptions extends ArrayOptions {
  path: string
  /** The array of the inputs, [N, ...] (default: the usual names, such as `x_train` and `x`). */
  inputs?: string
  /** The array of the labels, [N], or of the numbers to predict, [N, targets]. */
  labels?: string
  /** The arrays to test on; without them a part of the samples is set apart. */
  test?: { inputs: string; labels: string }
}

const ARRAY_OPTIONS = ['inputs', 'labels', 'test', 'task', 'channels', 'classes', 'split']

/** A data set from two NumPy files, of inputs and labels. @throws if they are damaged or do not fit each other. */
export async function npy(options: NpyOptions): Promise<ArrayData> {
  ensureKnownOptions('npy', options, ARRAY_OPTIONS)
  const { inputs, labels, test } = options
  ensure(inputs && labels, "npy: expected two files, such as npy({ inputs: 'x.npy', labels: 'y.npy' })")
  const open = async (path: string): Promise<Named> => ({
    name: nameOf(path),
    where: path,
    array: parseNpy(await readBytes(path).then((bytes) => ({ path, bytes }))),
  })
  const pair = async (of: { inputs: string; labels: string }): Promise<ArrayPair> => ({
    inputs: await open(of.inputs),
    labels: await open(of.labels),
  })
  return arrayDataset(nameOf(inputs), await pair({ inputs, labels }), test && (await pair(test)), options)
}

/**
 * A data set from the arrays in a NumPy archive, as `np.savez` and `np.savez_compressed` write them.
 * @throws if the archive or an array is damaged, there is no such array, or the arrays do not fit each other.
 */
export async function npz(options: ArchiveOptions): Promise<ArrayData> {
  ensureKnownOptions('npz', options, ['path', ...ARRAY_OPTIONS])
  const { path } = options
  const entries = listZip({ path, bytes: await readBytes(path) })
  const find = new Map(entries.map((entry) => [entry.name.replace(/\.npy$/, ''), entry]))
  const read = async (name: string) => parseNpy(await find.get(name)!.read())
  return fromArchive([...find.keys()], read, options)
}

/**
 * A data set from the tensors in a safetensors file.
 * @throws if the file is damaged, there is no such tensor, or the tensors do not fit each other.
 */
export async function safetensors(options: ArchiveOptions): Promise<ArrayData> {
  ensureKnownOptions('safetensors', options, ['path', ...ARRAY_OPTIONS])
  const { path } = options
  const { tensors } = decodeSafetensors(await readBytes(path), path)
  const read = async (name: string) => fromTensor(tensors.get(name)!)
  return fromArchive([...tensors.keys()], read, options)
}

async function fromArchive(
  names: readonly string[],
  read: (name: string) => Promise<NumberArray>,
  options: ArchiveOptions,
): Promise<ArrayData> {
  const { path } = options
  const { train, test } = choose(names, options)
  const open = async (name: string): Promise<Named> => {
    expectName(names, name, path)
    return { name, where: `${path}: array "${name}"`, array: await read(name) }
  }
  const pair = async (of: { inputs: string; labels: string }): Promise<ArrayPair> => ({
    inputs: await open(of.inputs),
    labels: await open(of.labels),
  })
  return arrayDataset(nameOf(path), await pair(train), test && (await pair(test)), options)
}

interface PairNames {
  readonly inputs: string
  readonly labels: string
}

/** How people call their arrays: inputs and labels to train on, and to test on. */
const USUAL: readonly (readonly string[])[] = [
  ['x_train', 'y_train', 'x_test', 'y_test'],
  ['X_train', 'y_train', 'X_test', 'y_test'],
  ['train_images', 'train_labels', 'test_images', 'test_labels'],
  ['x', 'y'],
  ['X', 'y'],
  ['inputs', 'labels'],
  ['images', 'labels'],
  ['data', 'labels'],
  ['data', 'target'],
  ['arr_0', 'arr_1'],
]

function choose(
  names: readonly string[],
  { path, inputs, labels, test }: ArchiveOptions,
): { train: PairNames; test: PairNames | undefined } {
  if (inputs !== undefined && labels !== undefined) return { train: { inputs, labels }, test }
  ensure(
    inputs === undefined && labels === undefined,
    `${path}: expected names of both inputs and labels, got one`,
  )
  const usual = USUAL.find(([x, y]) => names.includes(x!) && names.includes(y!))
  if (!usual) {
    throw new GradusError(`${path}: expected the names of the arrays of inputs and labels`, [
      `for example { inputs: 'x', labels: 'y' }; arrays: ${names.join(', ')}`,
    ])
  }
  const [x, y, xTest, yTest] = usual as [string, string, string?, string?]
  const isApart = xTest !== undefined && yTest !== undefined && names.includes(xTest) && names.includes(yTest)
  return {
    train: { inputs: x, labels: y },
    test: test ?? (isApart ? { inputs: xTest, labels: yTest } : undefined),
  }
}

function expectName(names: readonly string[], name: string, path: string): void {
  if (names.includes(name)) return
  const guess = nearest(name, names)
  throw new GradusError(`${path}: no array "${name}"${guess ? `; did you mean "${guess}"?` : ''}`, [
    `arrays: ${names.join(', ')}`,
  ])
}

const kinds: Readonly<Record<DType, NumberArray['kind']>> = {
  float16: 'float',
  float32: 'float',
  float64: 'float',
  int8: 'int',
  int32: 'int',
  int64: 'int',
  uint8: 'int',
  bool: 'bool',
}

function fromTensor({ dtype, shape, data }: Tensor): NumberArray {
  const kind = kinds[dtype]
  if (data instanceof BigInt64Array) return { shape, kind, data: Float64Array.from(data, Number) }
  if (dtype === 'float16') return { shape, kind, data: Float32Array.from(data as Uint16Array, halfOf) }
  return { shape, kind, data }
}

/** The name of a file without its folder and ending. */
export const nameOf = (path: string): string => {
  const plain = path.replace(/\.gz$/i, '')
  return basename(plain, extname(plain))
}
