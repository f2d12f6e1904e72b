/** What pictures become. */
export interface PictureFormat {
  /** 1 is gray, 3 is RGB, 4 is RGB and opacity. */
  readonly channels: 1 | 3 | 4
  /** Pixels. */
  readonly height: number
  readonly width: number
  /** What happens to a picture of another size; without it, that is an error. */
  readonly fit?: Fit
}

/**
 * How a picture comes to another size: `cover` scales it until it covers the new size and cuts off what is beyond, `contain`
 * scales it until it fits and leaves black bars, `fill` stretches it.
 */
export type Fit = 'cover' | 'contain' | 'fill'
export const fits: readonly Fit[] = ['cover', 'contain', 'fill']
