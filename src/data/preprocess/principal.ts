import {
  type Eigen,
  ensure,
  ensureKnownOptions,
  formatShape,
  type Shape,
  sizeOf,
  symmetricEigen,
  type Tensor,
  tensor,
} from '../../core/index.ts'
import { type Covariance, covarianceOf } from './covariance.ts'
import type { ProjectMap } from './maps.ts'
import { definePreprocess, type Samples } from './preprocess.ts'

/** How many components are kept: their number, or the share of the variance that they must have. */
export type PcaOptions =
  | { readonly components: number; readonly variance?: undefined }
  | { readonly variance: number; readonly components?: undefined }

export interface WhitenOptions {
  /** Added to the variances before the square root, so that what hardly varies is not blown up. Default: 1e-5. */
  readonly eps?: number
}

/**
 * Principal components: rows [components], the coordinates along the directions in which the training samples vary most,
 * uncorrelated and of falling variance. Samples of any shape are taken as rows. Directions point to where their largest
 * number is positive.
 *
 * It takes a second for some hundred features, about 5 seconds for 1,000 and two to three minutes for the 3,072 of CIFAR's
 * pictures.
 * @param options the number of components, or with `variance`, as many as have this share of the variance, in (0, 1].
 * @throws for options out of range; when fitted: for samples of more than 4,096 numbers, of which no number varies, or of
 *   fewer numbers than `components`.
 */
export const pca = definePreprocess(
  'pca',
  (options: PcaOptions) => {
    ensureKnownOptions('pca', options, ['components', 'variance'])
    checkPca(options)
    return async (samples) => {
      const { mean, values, vectors } = await principalAxes(samples, 'pca')
      const count = componentsOf(options, values)
      const share = sum(values.subarray(0, count)) / sum(values)
      const matrix = packed(vectors.slice(0, count))
      const map: ProjectMap = { kind: 'project', mean, matrix, shape: [count] }
      const notice = `pca: ${count} of ${values.length} components have ${(100 * share).toFixed(2)}% of the variance`
      return { maps: [map], notices: [notice] }
    }
  },
  {
    doc: 'Principal components: so many, or as many as have a share of the variance.',
    source: 'Pearson, On lines and planes of closest fit to systems of points in space, 1901',
    examples: [
      { name: 'by number', args: [{ components: 2 }] },
      { name: 'by share of the variance', args: [{ variance: 0.99 }] },
    ],
  },
)

/**
 * PCA whitening: x_rot / sqrt(lambda + eps), the coordinates along all principal directions divided by their standard
 * deviation: uncorrelated and of variance 1. Gives rows [features]; takes as long as {@link pca}.
 * @throws for options out of range; when fitted: for samples that {@link pca} does not take.
 */
export const whiten = definePreprocess(
  'whiten',
  (options: WhitenOptions = {}) => {
    const eps = checkedEps('whiten', options)
    return async (samples) => {
      const { mean, values, vectors } = await principalAxes(samples, 'whiten')
      const matrix = packed(vectors.map((vector, i) => scaledBy(vector, 1 / Math.sqrt(values[i]! + eps))))
      const map: ProjectMap = { kind: 'project', mean, matrix, shape: [values.length] }
      return { maps: [map], notices: flatNotices('whiten', values, eps) }
    }
  },
  {
    doc: 'PCA whitening: coordinates along the principal directions, uncorrelated and of variance 1.',
    source: 'Friedman, Exploratory projection pursuit, 1987',
    examples: [
      { name: 'as it is', args: [] },
      { name: 'with more noise', args: [{ eps: 1e-2 }] },
    ],
  },
)

/**
 * ZCA whitening: whitened, and turned back, so that it is as near to the samples as whitened ones can be: pictures stay
 * pictures, of the same shape. Takes as long as {@link pca}.
 * @throws for options out of range; when fitted: for samples that {@link pca} does not take.
 */
export const zca = definePreprocess(
  'zca',
  (options: WhitenOptions = {}) => {
    const eps = checkedEps('zca', options)
    return async (samples) => {
      const { mean, values, vectors } = await principalAxes(samples, 'zca')
      const roots = vectors.map((vector, i) => scaledBy(vector, (values[i]! + eps) ** -0.25))
      const matrix = await symmetricProduct(roots, samples)
      const map: ProjectMap = { kind: 'project', mean, matrix, shape: samples.shape }
      return { maps: [map], notices: flatNotices('zca', values, eps) }
    }
  },
  {
    doc: 'ZCA whitening: uncorrelated and of variance 1, and as near to the samples as can be; pictures stay pictures.',
    source: 'Bell and Sejnowski, The "independent components" of natural scenes are edge filters, 1997',
    examples: [
      { name: 'as it is', args: [] },
      { name: 'with more noise', args: [{ eps: 1e-2 }] },
    ],
  },
)

function checkPca({ components, variance }: PcaOptions): void {
  ensure(
    (components === undefined) !== (variance === undefined),
    `pca: expected either components or variance, got ${components === undefined ? 'none' : 'both'}`,
    'for example data.pca({ components: 50 }) or data.pca({ variance: 0.99 })',
  )
  ensure(
    components === undefined || (Number.isInteger(components) && components > 0),
    `pca: expected components to be a whole number of at least 1, got ${components}`,
    'for a share of the variance: data.pca({ variance: 0.99 })',
  )
  ensure(
    variance === undefined || (variance > 0 && variance <= 1),
    `pca: expected variance to be a share above 0 and at most 1, got ${variance}`,
  )
}

function checkedEps(name: string, options: WhitenOptions): number {
  ensureKnownOptions(name, options, ['eps'])
  const { eps = 1e-5 } = options
  ensure(Number.isFinite(eps) && eps > 0, `${name}: expected an eps above 0, got ${eps}`)
  return eps
}

/** The covariance of more numbers takes more memory and more time than people have. */
const LARGEST = 4096

interface Axes extends Eigen {
  readonly mean: Tensor<'float32'>
}

/** The directions in which samples vary, and how much; what is below 0 by rounding is 0. */
async function principalAxes(samples: Samples, name: string): Promise<Axes> {
  const size = sizeOf(samples.shape)
  ensure(
    size <= LARGEST,
    `${name}: expected samples of at most 4,096 numbers, got ${size.toLocaleString('en-US')} ${formatShape(samples.shape)}`,
    ...adviceFor(samples.shape),
  )
  const { count, watch = () => {} } = samples
  // Multiplying is some twenty times as fast as taking apart.
  const first = count / (count + 20 * size)
  const { mean, matrix }: Covariance = await covarianceOf(samples, name, (done) => watch(first * done))
  const { values, vectors } = symmetricEigen(matrix, size, (done) => watch(first + (1 - first) * done))
  ensure(
    values[0]! > 0,
    `${name}: expected features that vary, but all ${size} are the same in all ${count} training samples`,
  )
  return { mean: tensor(Float32Array.from(mean)), values: values.map((value) => Math.max(value, 0)), vectors }
}

const adviceFor = (shape: Shape): string[] =>
  shape.length === 1
    ? ['its work grows with the cube of that: leave features out before, or take data.standardize() alone']
    : [
        'its work grows with the cube of that: make the pictures smaller, or take data.standardize()',
        'to whiten by neighborhoods instead, let the first convolution start from init.whitening',
      ]

/** Shares that differ by rounding alone count as reached. */
const ROUNDING = 1e-12

function componentsOf({ components, variance }: PcaOptions, values: Float64Array): number {
  if (components !== undefined) {
    ensure(
      components <= values.length,
      `pca: expected at most ${values.length} components, as many as there are features, got ${components}`,
    )
    return components
  }
  const wanted = variance * sum(values) * (1 - ROUNDING)
  let [count, reached] = [0, 0]
  while (count < values.length && reached < wanted) reached += values[count++]!
  return count
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

const scaledBy = (vector: Float64Array, factor: number): Float64Array => vector.map((x) => x * factor)

/** Rows one after another, in float32. */
function packed(rows: readonly Float64Array[]): Tensor<'float32'> {
  const size = rows[0]!.length
  const result = new Float32Array(rows.length * size)
  rows.forEach((row, i) => {
    result.set(row, i * size)
  })
  return tensor(result, [rows.length, size])
}

/** The sum of v v' over all rows: exactly symmetric, since one half is computed and the other copied. */
async function symmetricProduct(
  rows: readonly Float64Array[],
  { gram }: Samples,
): Promise<Tensor<'float32'>> {
  const n = rows.length
  const together = new Float64Array(n * n)
  rows.forEach((row, i) => {
    together.set(row, i * n)
  })
  const products = await gram(together, n, n)
  const result = new Float32Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++) result[i * n + j] = result[j * n + i] = products[i * n + j]!
  return tensor(result, [n, n])
}

/** Beside the largest variance, what is below this is none. */
const NO_VARIANCE = 1e-9
/** Factors up to this are nothing to warn of. */
const HARMLESS = 30

/** Directions without variance in training may have some in other samples, which whitening then blows up. */
function flatNotices(name: string, values: Float64Array, eps: number): string[] {
  const flat = values.filter((value) => value <= NO_VARIANCE * values[0]!).length
  const factor = 1 / Math.sqrt(eps)
  if (flat === 0 || factor * Math.sqrt(values[0]!) <= HARMLESS) return []
  return [
    `${name}: the training samples do not vary in ${flat} of ${values.length} directions; what other samples have there is ` +
      `multiplied by ${Math.round(factor)}: take a larger eps than ${eps}, or data.pca({ variance: 0.999 }) before it`,
  ]
}
