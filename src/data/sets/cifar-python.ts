import { ensure } from '../../core/index.ts'
import { again, type FileBytes } from '../files.ts'
import { type Pickled, parsePickle } from '../readers/pickle.ts'
import { CIFAR_PIXELS, type CifarBatch } from './cifar-batch.ts'

/**
 * Reads a file of the Python version of CIFAR-10 or CIFAR-100.
 * @param key of the labels: `labels`, `fine_labels` or `coarse_labels`.
 * @throws if it is damaged, or lacks what it should have.
 */
export function parsePythonBatch(file: FileBytes, key: string): CifarBatch {
  const { path } = file
  const content = dictionaryOf(file)
  const labels = Int32Array.from(listOf(content, key, isNumber, path))
  const data = content.get('data')
  const isArray = typeof data === 'object' && data !== null && 'shape' in data
  ensure(
    isArray && data.shape.length === 2 && data.shape[1] === CIFAR_PIXELS,
    `${path}: expected rows of ${CIFAR_PIXELS} pixels`,
    again,
  )
  ensure(
    data.shape[0] === labels.length,
    `${path}: expected as many photographs as ${key}, found ${data.shape[0]} and ${labels.length}`,
    again,
  )
  return { path, pixels: data.data, labels }
}

/** The names of classes in a file such as `batches.meta`. */
export const parsePythonNames = (file: FileBytes, key: string): readonly string[] =>
  listOf(dictionaryOf(file), key, (item): item is string => typeof item === 'string', file.path)

const isNumber = (item: Pickled): item is number => typeof item === 'number'

function dictionaryOf(file: FileBytes): ReadonlyMap<string, Pickled> {
  const content = parsePickle(file)
  ensure(content instanceof Map, `${file.path}: expected a dictionary`, again)
  return content
}

function listOf<T extends Pickled>(
  content: ReadonlyMap<string, Pickled>,
  key: string,
  isItem: (item: Pickled) => item is T,
  path: string,
): T[] {
  const list = content.get(key)
  ensure(
    Array.isArray(list) && list.every(isItem),
    `${path}: expected a list "${key}" in it, found ${[...content.keys()].join(', ')}`,
    'the file may be damaged or of another data set',
  )
  return list
}
