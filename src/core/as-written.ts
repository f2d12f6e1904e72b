/** A call as a person would write it: `pca({ variance: 0.99 })`. The same for equal arguments, different for others. */
export function asWritten(name: string, args: readonly unknown[]): string {
  const given = args.slice(0, args.findLastIndex((value) => value !== undefined) + 1)
  return `${name}(${given.map(valueAsWritten).join(', ')})`
}

/** `{"variance":0.99}` as `{ variance: 0.99 }`. */
const valueAsWritten = (value: unknown): string =>
  (JSON.stringify(value) ?? String(value))
    .replace(/"(\w+)":/g, '$1: ')
    .replace(/,/g, ', ')
    .replace(/\{(.+)\}/, '{ $1 }')
