import * as ops from '../../ops/index.ts'
import type { SampleTable } from '../operators.ts'
import { floats, integers, sample } from '../sample.ts'

const twice = [2, 0, 2, -1]

/** Samples of the operators that look up and store by position; -1 is the last, and some places are named twice. */
export const indexingSamples: SampleTable = {
  Gather: [
    sample('rows', [floats([4, 3]), integers(twice)], (x, i) => ops.gather(x, i)),
    sample('columns', [floats([2, 4, 3]), integers(twice, [2, 2])], (x, i) => ops.gather(x, i, { axis: 1 })),
    sample('last axis', [floats([2, 4]), integers(twice)], (x, i) => ops.gather(x, i, { axis: -1 })),
    sample('one row', [floats([3, 2]), integers([1], [])], (x, i) => ops.gather(x, i)),
    sample('none', [floats([3, 2]), integers([])], (x, i) => ops.gather(x, i)),
  ],
  GatherElements: [
    sample('first axis', [floats([4, 3]), integers([0, 1, 3, 0, -1, 2], [2, 3])], (x, i) =>
      ops.gatherElements(x, i),
    ),
    sample('last axis', [floats([2, 4]), integers([3, 3, 0, 1, -1, 1], [2, 3])], (x, i) =>
      ops.gatherElements(x, i, { axis: 1 }),
    ),
  ],
  GatherND: [
    sample('elements', [floats([3, 4]), integers([0, 1, 2, 3, 0, 1, -1, 0], [4, 2])], (x, i) =>
      ops.gatherND(x, i),
    ),
    sample('rows', [floats([3, 4]), integers([2, 0, 2], [3, 1])], (x, i) => ops.gatherND(x, i)),
  ],
  GridSample: [
    sample('zeros', [floats([2, 3, 4, 5]), floats([2, 3, 2, 2], -1.3, 1.3)], (x, g) => ops.gridSample(x, g)),
    sample('edge', [floats([1, 2, 4, 5]), floats([1, 2, 3, 2], -1.5, 1.5)], (x, g) =>
      ops.gridSample(x, g, { padding: 'border' }),
    ),
    sample('mirror image', [floats([1, 2, 4, 5]), floats([1, 2, 3, 2], -1.9, 1.9)], (x, g) =>
      ops.gridSample(x, g, { padding: 'reflection' }),
    ),
  ],
  OneHot: [
    sample('last axis', [integers([2, 0, 1, -1], [2, 2])], (i) => ops.oneHot(i, 3)),
    sample('first axis', [integers([1, 1])], (i) => ops.oneHot(i, 2, { axis: 0 })),
    sample('out of range', [integers([5])], (i) => ops.oneHot(i, 3)),
  ],
  ScatterElements: [
    sample('add', [floats([4, 3]), integers([0, 1, 3, 0, -1, 2], [2, 3]), floats([2, 3])], (x, i, u) =>
      ops.scatterElements(x, i, u, { reduction: 'add' }),
    ),
    sample(
      'replace, last axis',
      [floats([2, 4]), integers([3, 1, 0, -1], [2, 2]), floats([2, 2])],
      (x, i, u) => ops.scatterElements(x, i, u, { axis: 1 }),
    ),
  ],
  ScatterND: [
    sample('add rows', [floats([3, 2]), integers([2, 0, 2], [3, 1]), floats([3, 2])], (x, i, u) =>
      ops.scatterND(x, i, u, { reduction: 'add' }),
    ),
    sample('replace elements', [floats([3, 2]), integers([2, 0, -3, 1], [2, 2]), floats([2])], (x, i, u) =>
      ops.scatterND(x, i, u),
    ),
  ],
}
