import { ensureKnownOptions, unknownName } from '../core/index.ts'
import type { Border } from './augmentation.ts'

export interface BorderOptions {
  /**
   * What comes in from beyond the edges: `'zeros'` (default), which is the mean color of standardized pictures, where torchvision
   * shows black; `'reflect'`, the mirror image; or `'edge'`, the edge pixels.
   */
  readonly mode?: Border
}

const borders: readonly Border[] = ['zeros', 'reflect', 'edge']

/** Fails unless there is such a border. */
export function checkBorder(name: string, mode: Border): void {
  if (!borders.includes(mode)) throw unknownName(`mode of ${name}`, mode, borders)
}

/** The border of an augmentation whose only option it is. */
export function borderOf(name: string, options: BorderOptions): Border {
  ensureKnownOptions(name, options, ['mode'])
  const { mode = 'zeros' } = options
  checkBorder(name, mode)
  return mode
}
