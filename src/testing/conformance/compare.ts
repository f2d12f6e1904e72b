import { bytesOf, ensure, formatShape, numbersOf, sameShape, type Tensor } from '../../core/index.ts'

/** Fails unless both tensors hold the same bits. */
export function expectSameBits(found: Tensor | undefined, expected: Tensor, what: string): void {
  expectSameInfo(found, expected, what)
  const [a, b] = [bytesOf(found), bytesOf(expected)]
  const at = a.findIndex((byte, i) => byte !== b[i])
  const element = Math.floor(at / found.data.BYTES_PER_ELEMENT)
  ensure(at < 0, `${what}[${element}]: expected ${expected.data[element]}, got ${found.data[element]}`)
}

/** Fails unless all elements agree to `tolerance`, relative to the largest one (or to 1, if all are smaller). */
export function expectClose(
  found: Tensor | undefined,
  expected: Tensor,
  what: string,
  tolerance: number,
): void {
  expectSameInfo(found, expected, what)
  const [a, b] = [numbersOf(found), numbersOf(expected)]
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
  const at = a.findIndex((value, i) => !(Math.abs(value - b[i]!) <= tolerance * scale))
  ensure(at < 0, `${what}[${at}]: expected ${b[at]} within ${tolerance * scale}, got ${a[at]}`)
}

/** Fails unless every element is a finite number. */
export function expectFinite(found: Tensor, what: string): void {
  const at = numbersOf(found).findIndex((value) => !Number.isFinite(value))
  ensure(at < 0, `${what}[${at}]: expected a finite number, got ${found.data[at]}`)
}

function expectSameInfo(found: Tensor | undefined, expected: Tensor, what: string): asserts found is Tensor {
  const info = ({ dtype, shape }: Tensor) => `${dtype} ${formatShape(shape)}`
  ensure(
    found && found.dtype === expected.dtype && sameShape(found.shape, expected.shape),
    `${what}: expected ${info(expected)}, got ${found ? info(found) : 'nothing'}`,
  )
}

/** The same names in the same order, or the first difference as a failure. */
export function expectSameNames(found: readonly string[], expected: readonly string[], what: string): void {
  ensure(
    found.join() === expected.join(),
    `${what}: expected ${expected.join(', ') || 'none'}, got ${found.join(', ') || 'none'}`,
  )
}
