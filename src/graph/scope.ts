let path: readonly string[] = []

/** Runs `build` with `name` appended to the layer path that new nodes and error messages carry. */
export function withScope<T>(name: string, build: () => T): T {
  const outer = path
  path = name === '' ? path : [...path, name]
  try {
    return build()
  } finally {
    path = outer
  }
}

/** Runs `build` at the layer path `scope`, wherever it is called: for nodes that come from another node. */
export function atScope<T>(scope: string, build: () => T): T {
  const outer = path
  path = scope === '' ? [] : [scope]
  try {
    return build()
  } finally {
    path = outer
  }
}

/** The current layer path, such as `layer1.0.conv1`. */
export const currentScope = (): string => path.join('.')
