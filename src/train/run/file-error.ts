import { GradusError } from '../../core/index.ts'

/** The result of a file operation; what it throws becomes a {@link fileError} that begins with `what`. */
export function attempt<T>(what: string, operation: () => T): T {
  try {
    return operation()
  } catch (cause) {
    throw fileError(what, cause)
  }
}

/** A {@link GradusError} for what a file operation threw: the reason in words, and what to do. */
export function fileError(what: string, cause: unknown, ...notes: string[]): GradusError {
  if (cause instanceof GradusError) return cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const [reason, advice] = reasons[code] ?? [
    cause instanceof Error ? cause.message : String(cause),
    undefined,
  ]
  return new GradusError(`${what}: ${reason}`, advice ? [...notes, advice] : notes, { cause })
}

const reasons: Readonly<Record<string, readonly [reason: string, advice: string | undefined]>> = {
  ENOSPC: ['the disk is full', 'free some space, or use a folder on another disk'],
  EDQUOT: ['your disk quota is used up', 'free some space, or use a folder on another disk'],
  EFBIG: ['the file would be larger than this system allows', 'raise the limit (ulimit -f)'],
  EACCES: ['permission denied', 'make it accessible to this user, or use another folder'],
  EPERM: ['permission denied', 'make it accessible to this user, or use another folder'],
  EROFS: ['the file system is read-only', 'use another folder'],
  ENOENT: ['no such file or folder', undefined],
  EISDIR: ['expected a file, found a folder', undefined],
  EEXIST: ['a part of the path is a file, not a folder', undefined],
  ENOTDIR: ['a part of the path is a file, not a folder', undefined],
}
