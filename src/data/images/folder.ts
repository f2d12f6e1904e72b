import { existsSync } from 'node:fs'
import { basename, join, relative, resolve, sep } from 'node:path'
import { ensure, ensureKnownOptions } from '../../core/index.ts'
import { type ClassificationData, makeDataset, makeSplit, type SampleReader, type Split } from '../dataset.ts'
import { splitDataset } from '../splits.ts'
import type { PictureFormat } from './decode.ts'
import { findBad } from './find-bad.ts'
import { checkFormat, type FormatOptions, formatOf } from './format.ts'
import { badNotice, leftOutNotices } from './notices.ts'
import { readPathTable } from './path-table.ts'
import { pictureReader } from './reader.ts'
import { type Scan, scanClasses } from './scan.ts'

export interface FolderOptions extends FormatOptions {
  /** A CSV file with the columns `path` (relative to the folder) and `label`, in the place of a folder per class. */
  labels?: string
  /** The part of the pictures to test on, if there is no folder `test` (default 0.2). */
  test?: number
  /** Another seed gives another test split (default 0). */
  seed?: number
  /** `skip` leaves out pictures that cannot be decoded, and tells which; each is decoded once for it. Default: `stop`. */
  onBad?: 'stop' | 'skip'
  /** Decoded pictures are kept in memory if all take at most so many bytes (default 1 GiB). */
  cache?: number
}

/**
 * Pictures in folders, one for each class: `root/cats/1.jpg`, `root/dogs/2.jpg`. If there are folders `root/train` and `root/test`
 * (or `val`, `valid`, `validation` in its place), each holds the folders of the classes; otherwise a stratified part is set apart
 * to test on. JPEG, PNG, WebP, AVIF, TIFF, and the first frame of GIF; upright as the camera says. They are decoded when they are
 * asked for, so that memory stays flat however many there are.
 *
 * @throws if the folder cannot be read, has fewer than two classes, a class without pictures, or pictures of several sizes without
 *   `size`; while reading, if a picture cannot be decoded.
 */
export async function folder(
  root: string,
  options: FolderOptions = {},
): Promise<ClassificationData<SampleReader>> {
  checkOptions(options)
  const { labels, onBad = 'stop', test, seed } = options
  const sides = labels === undefined ? await findSides(root) : { all: await readPathTable(root, labels) }
  const every = [...Object.values(sides)].flatMap(({ classes }) => [...classes.values()].flat())
  const { format, notices } = await formatOf(root, every, options, onBad === 'skip')
  const bad = onBad === 'skip' ? await findBad(every, format) : new Map<string, string>()
  const classes = classesOf(root, sides)
  const { fit } = format
  const common = {
    name: basename(resolve(root)),
    inputRange: [0, 255] as const,
    classes,
    ...(fit && { fit }),
  }
  const split = (scan: Scan) => splitOf(scan, { root, classes, format, bad, cache: options.cache })
  const data =
    'all' in sides
      ? splitDataset({ ...common, samples: split(sides.all), test, seed })
      : makeDataset({ ...common, train: split(sides.train), test: split(sides.test) })
  const scans = Object.values(sides)
  const left = [...unusedNotice(root, scans.length === 2), ...leftOutNotices(scans)]
  return { ...data, notices: [...notices, ...left, ...badNotice(bad)] }
}

type Sides = { readonly all: Scan } | { readonly train: Scan; readonly test: Scan }

const TESTS = ['test', 'val', 'valid', 'validation']

async function findSides(root: string): Promise<Sides> {
  const [test] = testFolders(root)
  if (!existsSync(join(root, 'train')) || test === undefined) return { all: await scanClasses(root) }
  return { train: await scanClasses(join(root, 'train')), test: await scanClasses(join(root, test)) }
}

const testFolders = (root: string) => TESTS.filter((name) => existsSync(join(root, name)))

/** Of several folders to test on the first is taken. */
const unusedNotice = (root: string, hasTest: boolean): string[] =>
  (hasTest ? testFolders(root).slice(1) : []).map(
    (name) => `${join(root, name)} is not used: what is validated on is set apart from train`,
  )

function classesOf(root: string, sides: Sides): readonly string[] {
  const [first, ...others] = Object.values(sides).map(({ classes }) => [...classes.keys()])
  ensure(
    first!.length >= 2,
    `${root}: expected at least two classes, found one: ${first![0]}`,
    insteadOf(root, first![0]!, Object.values(sides)[0]!),
  )
  for (const names of others)
    ensure(
      names.join('\n') === first!.join('\n'),
      `${root}: expected the same classes to train and to test on, found ${first!.length} and ${names.length}: ` +
        `${difference(first!, names)} is on one side only`,
    )
  return first!
}

/** What to do about a folder with a single folder in it: the classes may lie in that one. */
function insteadOf(root: string, only: string, { classes }: Scan): string {
  const inner = join(root, only)
  const below = classes.get(only)!.map((path) => relative(inner, path).split(sep))
  const folders = new Set(below.flatMap(([first, ...rest]) => (rest.length > 0 ? [first] : [])))
  return folders.size >= 2
    ? `there are ${folders.size} folders of pictures in ${inner}: point at that one`
    : 'a network that tells classes apart needs pictures of each, in folders of their own'
}

const difference = (a: readonly string[], b: readonly string[]): string =>
  `"${a.find((name) => !b.includes(name)) ?? b.find((name) => !a.includes(name))}"`

interface SplitParts {
  readonly root: string
  readonly classes: readonly string[]
  readonly format: PictureFormat
  readonly bad: ReadonlyMap<string, string>
  readonly cache: number | undefined
}

function splitOf(
  scan: Scan,
  { root, classes, format, bad, cache }: SplitParts,
): Split<SampleReader, Int32Array> {
  const pictures: string[] = []
  const labels: number[] = []
  classes.forEach((name, label) => {
    const good = scan.classes.get(name)!.filter((path) => !bad.has(path))
    ensure(good.length > 0, `class "${name}": expected pictures, but none of them can be decoded`)
    pictures.push(...good)
    for (const _ of good) labels.push(label)
  })
  const shape = [format.channels, format.height, format.width]
  const split = makeSplit(pictureReader(pictures, { format, cache }), Int32Array.from(labels), shape)
  return { ...split, nameOf: (sample) => relative(root, pictures[sample]!) }
}

function checkOptions(options: FolderOptions): void {
  const known = ['size', 'fit', 'channels', 'labels', 'test', 'seed', 'onBad', 'cache']
  ensureKnownOptions('folder', options, known)
  const { onBad = 'stop', cache = 0 } = options
  checkFormat('folder', options)
  ensure(['stop', 'skip'].includes(onBad), `folder: expected onBad "stop" or "skip", got "${onBad}"`)
  ensure(cache >= 0, `folder: expected a cache of at least 0 bytes, got ${cache}`)
}
