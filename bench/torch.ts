import { spawnSync } from 'node:child_process'

/** PyTorch on this machine: its version, or why it cannot be used. */
export type Torch = { readonly version: string } | { readonly missing: string }

/** Looks for PyTorch where `python3` finds it. */
export function findTorch(): Torch {
  const { status, stdout, stderr, error } = spawnSync(
    'python3',
    ['-c', 'import torch; print(torch.__version__)'],
    {
      encoding: 'utf8',
    },
  )
  if (status === 0) return { version: stdout.trim() }
  return { missing: error?.message ?? stderr.trim().split('\n').at(-1) ?? 'no reason given' }
}
