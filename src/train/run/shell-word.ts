/** A path as one word for a shell: in quotes if it has spaces or other signs that mean something there. */
export const shellWord = (path: string): string =>
  /^[\p{L}\p{N}._~/\\:@%+,-]+$/u.test(path) ? path : `"${path}"`
