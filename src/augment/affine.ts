/**
 * From a pixel of the result to the pixel of the picture that it shows: `x' = a x + b y + c`, `y' = d x + e y + f`, where
 * x counts columns and y rows, both from 0.
 */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number]

/** Every pixel where it was. */
export const unmoved: Affine = [1, 0, 0, 0, 1, 0]

/** One map for two changes of a picture: `first` is done first, so that a pixel of the result is looked up by `then`. */
export function compose(first: Affine, then: Affine): Affine {
  const [a, b, c, d, e, f] = first
  const [p, q, r, s, t, u] = then
  return [a * p + b * s, a * q + b * t, a * r + b * u + c, d * p + e * s, d * q + e * t, d * r + e * u + f]
}

/** The linear map [a, b, d, e] with the middle of the picture left where it is. */
export function aroundMiddle(
  [a, b, d, e]: readonly [number, number, number, number],
  { width, height }: { readonly width: number; readonly height: number },
): Affine {
  const [x, y] = [(width - 1) / 2, (height - 1) / 2]
  return [a, b, x - a * x - b * y, d, e, y - d * x - e * y]
}
