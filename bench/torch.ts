import { spawnSync } from 'node:child_process'

/** A Python package on this machine: its version, or why it cannot be used. */
export type Found = { readonly version: string } | { readonly missing: string }

/** Looks for PyTorch where `python3` finds it. */
export const findTorch = (): Found => findPython('torch')

/** Looks for a package where `python3` finds it. */
export function findPython(name: string): Found {
  const { status, stdout, stderr, error } = spawnSync(
    'python3',
    ['-c', `import ${name}; print(${name}.__version__)`],
    { encoding: 'utf8' },
  )
  if (status === 0) return { version: stdout.trim() }
  return { missing: error?.message ?? stderr.trim().split('\n').at(-1) ?? 'no reason given' }
}
