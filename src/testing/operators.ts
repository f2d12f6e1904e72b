import type { Sample } from './sample.ts'
import { convSamples } from './samples/conv.ts'
import { elementwiseSamples } from './samples/elementwise.ts'
import { indexingSamples } from './samples/indexing.ts'
import { matrixSamples } from './samples/matrix.ts'
import { normSamples } from './samples/norm.ts'
import { poolSamples } from './samples/pool.ts'
import { reduceSamples } from './samples/reduce.ts'
import { shapeSamples } from './samples/shape.ts'

/** Samples by the operator that they exercise, as the registry names it. */
export type SampleTable = Readonly<Record<string, readonly Sample[]>>

/** At least one sample of every operator; what a new operator has to add to be tested. */
export const operatorSamples: SampleTable = {
  ...convSamples,
  ...elementwiseSamples,
  ...indexingSamples,
  ...matrixSamples,
  ...normSamples,
  ...poolSamples,
  ...reduceSamples,
  ...shapeSamples,
}
