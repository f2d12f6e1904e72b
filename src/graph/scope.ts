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

/** The current layer path, such as `layer1.0.conv1`. */
export const currentScope = (): string => path.join('.')
