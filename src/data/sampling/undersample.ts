import { defineSampling } from './define.ts'

/** Every class as often as the smallest: each epoch has other samples of the larger ones. Epochs are short. */
export const undersample = defineSampling(
  'undersample',
  () => ({ take: (_, counts) => Math.min(...counts) }),
  {
    doc: 'Every class as often as the smallest, with other samples of the larger ones each epoch.',
    source: 'He and Garcia, Learning from imbalanced data, 2009',
    examples: [{ name: 'default', args: [] }],
  },
)
