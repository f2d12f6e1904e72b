import { ensure } from '../../core/index.ts'
import { defineInitializer, filled } from './define.ts'

/**
 * The same number everywhere: for biases and scales. Not for weights: units that start alike get the same gradient and stay
 * alike, so that a layer has the power of one unit however wide it is. A small positive bias (0.01) keeps ReLUs from
 * starting dead.
 * @throws if the number is not finite.
 */
export const constant = defineInitializer(
  'constant',
  (value: number) => {
    ensure(Number.isFinite(value), `init.constant: expected a finite number, got ${value}`)
    return filled(() => value)
  },
  {
    doc: 'The same number everywhere: for biases; units whose weights start alike stay alike.',
    examples: [{ name: 'a small positive bias', args: [0.01], input: [10] }],
  },
)

/** Zeros: right for biases; a weight that starts so never tells its units apart. */
export const zeros = defineInitializer('zeros', () => constant(0), {
  doc: 'Zeros: for biases; units whose weights start at zero stay alike.',
  examples: [{ name: 'a bias', args: [], input: [10] }],
})()

/** Ones: for the scales of norms. */
export const ones = defineInitializer('ones', () => constant(1), {
  doc: 'Ones: for the scales of norms.',
  examples: [{ name: 'a scale', args: [], input: [10] }],
})()
