import { gradients } from '../autodiff/index.ts'
import { cloneTensor, GradusError, isFloat, Random, type Tensor, tensor } from '../core/index.ts'
import { constant, type Value } from '../graph/index.ts'
import { add, mul, sum } from '../ops/index.ts'
import { type CompileOptions, compile } from '../runtime/index.ts'
import type { Float } from './sample.ts'

export type Build = (...inputs: Value[]) => Value | readonly Value[]

/** An element of a gradient that is not what central differences say. */
export interface Mismatch {
  readonly input: number
  readonly element: number
  readonly found: number
  readonly expected: number
}

export interface GradientCheckOptions {
  /** Half the distance between the two evaluations of a central difference. */
  readonly step: number
  /** Allowed error, relative to 1 + |expected|. */
  readonly tolerance: number
}

/** What is checked is the graph itself; and samples are small: waking other threads costs more than they compute. */
const plainly: CompileOptions = { lowering: false, threads: 1 }

/**
 * What suits a dtype: rounding costs eps / step, the third derivative costs step^2, and a sample is no larger than 100.
 */
export const gradientCheckDefaults: Readonly<Record<Float, GradientCheckOptions>> = {
  float32: { step: 1e-2, tolerance: 3e-3 },
  float64: { step: 1e-5, tolerance: 1e-7 },
}

/**
 * Does something in float64, or in float32 if it cannot be had in float64: ONNX Runtime lacks a kernel, or what is tested
 * mixes in float32 numbers of its own.
 */
export async function inWidestFloat<T>(check: (float: Float) => Promise<T>): Promise<T> {
  try {
    return await check('float64')
  } catch (error) {
    if (error instanceof GradusError) return check('float32')
    throw error
  }
}

/**
 * Compares the gradients of `build` with central differences, element by element. Of several outputs, a random combination
 * is differentiated; outputs that are not floating-point numbers are left out.
 * @returns what does not agree; nothing if all is well.
 * @throws if the function has no floating-point input or output.
 */
export async function checkGradients(
  build: Build,
  inputs: readonly Tensor[],
  options: GradientCheckOptions,
): Promise<Mismatch[]> {
  const run = compile((...values: Value[]) => floatsOf(build(...values)), plainly)
  const weights = (await run(...inputs)).map(randomLike)
  const found = await compile((...values: Value[]) => {
    const terms = floatsOf(build(...values)).map((y, i) => sum(mul(y, constant(weights[i]!))))
    return gradients(
      terms.reduce((a, b) => add(a, b)),
      values.filter((value) => isFloat(value.dtype)),
    )
  }, plainly)(...inputs)
  const loss = async (at: readonly Tensor[]) => dot(weights, await run(...at))

  const mismatches: Mismatch[] = []
  const differentiable = inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []))
  for (const [k, i] of differentiable.entries()) {
    const expected = await centralDifferences(loss, inputs, i, options.step)
    expected.forEach((slope, element) => {
      const gradient = Number(found[k]!.data[element])
      const close = Math.abs(gradient - slope) <= options.tolerance * (1 + Math.abs(slope))
      if (!close) mismatches.push({ input: i, element, found: gradient, expected: slope })
    })
  }
  return mismatches
}

/**
 * {@link checkGradients} with the defaults of a dtype. In float32 the step has to be long, and what bends within it (a
 * ReLU that changes sides, a small variance) looks wrong: an element has to be wrong with shorter steps, too.
 */
export async function disagreements(
  build: Build,
  inputs: readonly Tensor[],
  float: Float,
): Promise<Mismatch[]> {
  const defaults = gradientCheckDefaults[float]
  let wrong = await checkGradients(build, inputs, defaults)
  for (const step of float === 'float32' ? [3e-3, 1e-3] : []) {
    if (wrong.length === 0) break
    const again = await checkGradients(build, inputs, { ...defaults, step })
    wrong = again.filter((a) => wrong.some((b) => a.input === b.input && a.element === b.element))
  }
  return wrong
}

function floatsOf(result: Value | readonly Value[]): readonly Value[] {
  const values = Array.isArray(result) ? (result as readonly Value[]) : [result as Value]
  return values.filter((value) => isFloat(value.dtype))
}

function randomLike({ shape, dtype, data }: Tensor, index: number): Tensor {
  const random = new Random('weights', index)
  return tensor(
    Array.from({ length: data.length }, () => random.normal()),
    shape,
    dtype,
  )
}

/** The sum of all products, in double precision. */
function dot(weights: readonly Tensor[], outputs: readonly Tensor[]): number {
  let total = 0
  outputs.forEach(({ data }, i) => {
    for (let k = 0; k < data.length; k++) total += Number(data[k]) * Number(weights[i]!.data[k])
  })
  return total
}

/** The slope of `loss` along every element of one input. */
async function centralDifferences(
  loss: (inputs: readonly Tensor[]) => Promise<number>,
  inputs: readonly Tensor[],
  index: number,
  step: number,
): Promise<number[]> {
  const moved = cloneTensor(inputs[index]!)
  const all = inputs.with(index, moved)
  const slopes: number[] = []
  for (let k = 0; k < moved.data.length; k++) {
    const center = Number(moved.data[k])
    moved.data[k] = center + step
    const [above, right] = [await loss(all), Number(moved.data[k])]
    moved.data[k] = center - step
    const [below, left] = [await loss(all), Number(moved.data[k])]
    moved.data[k] = center
    slopes.push((above - below) / (right - left)) // the step as it was rounded
  }
  return slopes
}
