import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** An IDX file of bytes. */
export function idxFile(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length))
  header.setUint32(0, 0x0800 | shape.length)
  shape.forEach((n, axis) => {
    header.setUint32(4 + 4 * axis, n)
  })
  return Uint8Array.from([...new Uint8Array(header.buffer), ...data])
}

/** Bytes without a pattern that a mistake could hide in. */
export const noise = (length: number, salt = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (((i + salt) * 2654435761) >>> 13) & 255)

export type Files = Record<string, Uint8Array | string>

/** The four files of a tiny MNIST: 6 + 3 images. */
export function mnistFiles(): Record<keyof typeof mnistNames, Uint8Array> {
  return {
    trainImages: idxFile([6, 28, 28], noise(6 * 784)),
    trainLabels: idxFile([6], Uint8Array.from([0, 1, 2, 9, 1, 0])),
    testImages: idxFile([3, 28, 28], noise(3 * 784, 7)),
    testLabels: idxFile([3], Uint8Array.from([4, 5, 6])),
  }
}

export const mnistNames = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
}

/** A tiny MNIST under the official names. */
export const mnistFolder = (changes: Partial<ReturnType<typeof mnistFiles>> = {}): Files =>
  Object.fromEntries(
    Object.entries({ ...mnistFiles(), ...changes }).map(([key, bytes]) => [
      mnistNames[key as keyof typeof mnistNames],
      bytes,
    ]),
  )

/** A CIFAR-10 file: per label, the label and 3,072 pixels. */
export const cifarFile = (labels: readonly number[], salt = 0): Uint8Array =>
  Uint8Array.from(labels.flatMap((label, i) => [label, ...noise(3072, salt + i)]))

/** A tiny CIFAR-10: two records a file. */
export function cifarFolder(): Record<string, Uint8Array> {
  const train = [1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, cifarFile([i, 9 - i], 10 * i)] as const)
  return { ...Object.fromEntries(train), 'test_batch.bin': cifarFile([0, 9], 90) }
}

/** Writes files into a directory that goes when the test is over; returns its path. */
export async function folderWith(files: Files): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gradus-data-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), content)
  }
  return dir
}
