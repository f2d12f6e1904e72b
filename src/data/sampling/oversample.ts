import { defineSampling } from './define.ts'

/**
 * Every class as often as the largest: samples of smaller ones come several times an epoch. Nothing is left out, but copies
 * invite over-fitting: augment them.
 */
export const oversample = defineSampling('oversample', () => ({ take: (_, counts) => Math.max(...counts) }), {
  doc: 'Every class as often as the largest, by repeating samples of the smaller ones.',
  source: 'He and Garcia, Learning from imbalanced data, 2009',
  examples: [{ name: 'default', args: [] }],
})
