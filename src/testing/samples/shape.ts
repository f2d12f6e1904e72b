import * as ops from '../../ops/index.ts'
import type { SampleTable } from '../operators.ts'
import { floats, sample } from '../sample.ts'

/** Samples of the operators that move elements without looking at them. */
export const shapeSamples: SampleTable = {
  Concat: [
    sample('first axis', [floats([1, 3]), floats([2, 3])], (a, b) => ops.concat([a, b])),
    sample('last axis, three parts', [floats([2, 1]), floats([2, 0]), floats([2, 3])], (a, b, c) =>
      ops.concat([a, b, c], { axis: -1 }),
    ),
    sample('twice the same', [floats([2, 2])], (a) => ops.concat([a, a], { axis: 1 })),
  ],
  Expand: [
    sample('an axis of size 1', [floats([2, 1])], (x) => ops.expand(x, [2, 3])),
    sample('a new axis', [floats([3])], (x) => ops.expand(x, [2, 3])),
    sample('a scalar', [floats([])], (x) => ops.expand(x, [2, 2])),
  ],
  Flatten: [
    sample('batch first', [floats([2, 3, 2])], (x) => ops.flatten(x)),
    sample('two axes', [floats([2, 3, 2])], (x) => ops.flatten(x, 2)),
    sample('empty', [floats([0, 3, 2])], (x) => ops.flatten(x)),
  ],
  Pad: [
    sample('zeros', [floats([2, 3])], (x) =>
      ops.pad(x, [
        [1, 0],
        [0, 2],
      ]),
    ),
    sample('a number', [floats([2, 3])], (x) =>
      ops.pad(
        x,
        [
          [0, 1],
          [1, 1],
        ],
        { value: 0.5 },
      ),
    ),
    sample('negative', [floats([3, 4])], (x) =>
      ops.pad(x, [
        [-1, 1],
        [0, -2],
      ]),
    ),
    sample('reflect', [floats([3, 4])], (x) =>
      ops.pad(
        x,
        [
          [2, 1],
          [3, 0],
        ],
        { mode: 'reflect' },
      ),
    ),
    sample('edge', [floats([2, 3])], (x) =>
      ops.pad(
        x,
        [
          [2, 1],
          [0, 3],
        ],
        { mode: 'edge' },
      ),
    ),
    sample('reflect all axes but the batch', [floats([1, 2, 4, 3])], (x) =>
      ops.pad(
        x,
        [
          [0, 0],
          [0, 0],
          [1, 2],
          [2, 1],
        ],
        { mode: 'reflect' },
      ),
    ),
    sample('empty', [floats([0, 2])], (x) =>
      ops.pad(x, [
        [1, 1],
        [0, 1],
      ]),
    ),
  ],
  Reshape: [
    sample('known sizes', [floats([2, 6])], (x) => ops.reshape(x, [3, 4])),
    sample('one unknown', [floats([2, 6])], (x) => ops.reshape(x, [3, -1])),
    sample('to a scalar', [floats([1, 1])], (x) => ops.reshape(x, [])),
    sample('empty', [floats([0, 6])], (x) => ops.reshape(x, [3, 0, 2])),
  ],
  Slice: [
    sample('a range', [floats([4, 5])], (x) => ops.slice(x, { starts: 1, ends: -1, axes: 1 })),
    sample('a step', [floats([2, 7])], (x) => ops.slice(x, { starts: 1, axes: 1, steps: 3 })),
    sample('a step that ends early', [floats([2, 7])], (x) =>
      ops.slice(x, { starts: 0, ends: 4, axes: 1, steps: 3 }),
    ),
    sample('backward', [floats([2, 7])], (x) => ops.slice(x, { starts: -2, ends: 0, axes: 1, steps: -2 })),
    sample('two axes', [floats([5, 6])], (x) =>
      ops.slice(x, { starts: [1, 5], ends: [4, 0], steps: [2, -3] }),
    ),
    sample('beyond the end', [floats([4])], (x) => ops.slice(x, { starts: -9, ends: 9 })),
    sample('nothing', [floats([4])], (x) => ops.slice(x, { starts: 3, ends: 2 })),
    sample('flip', [floats([2, 3])], (x) => ops.flip(x, [0, 1])),
  ],
  Split: [
    sample('equal parts', [floats([2, 4])], (x) => ops.split(x, 2, { axis: 1 })),
    sample('sizes', [floats([5, 2])], (x) => ops.split(x, [1, 0, 4])),
    sample('one part unused', [floats([2, 4])], (x) => ops.split(x, 4, { axis: -1 })[2]!),
  ],
  Squeeze: [
    sample('given axes', [floats([1, 3, 1])], (x) => ops.squeeze(x, [0])),
    sample('all', [floats([1, 3, 1])], (x) => ops.squeeze(x)),
  ],
  Tile: [
    sample('both axes', [floats([2, 3])], (x) => ops.tile(x, [2, 3])),
    sample('an axis of size 1', [floats([1, 3])], (x) => ops.tile(x, [4, 1])),
    sample('zero times', [floats([2, 3])], (x) => ops.tile(x, [0, 1])),
  ],
  Transpose: [
    sample('reversed', [floats([2, 3, 4])], (x) => ops.transpose(x)),
    sample('cycled', [floats([2, 3, 4])], (x) => ops.transpose(x, [1, 2, 0])),
    sample('empty', [floats([2, 0])], (x) => ops.transpose(x)),
  ],
  Unsqueeze: [
    sample('front and back', [floats([3])], (x) => ops.unsqueeze(x, [0, -1])),
    sample('a scalar', [floats([])], (x) => ops.unsqueeze(x, [0])),
  ],
}
